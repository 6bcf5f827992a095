"""What a source file says, one statement at a time, without its layout.

A *piece* is the smallest thing that the ledger counts: a statement, the head of a function,
class or compound statement (without its body), a member of a class, a decorator, an element of
a literal too long for one line, or an element of JSX. The pieces of a file don't overlap, so
sums of them count nothing twice. A piece's key is its tokens: spacing, comments, trailing
commas, the braces around blocks and the kind of quotes don't show in it.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from agentcli.codemap.definitions import COMMENTS, DECORATORS, Definition, definitions
from agentcli.codemap.languages import Language, parse
from agentcli.delegation.ledger.bindings import binds

NAME = "\2"  # before a token that is a plain identifier
GAP = "\x1f"  # between tokens
_LONG = 100  # characters: a literal with more doesn't fit on a line, by most formatters

# Nodes whose named children are pieces of their own. What does not parse (ERROR) is taken apart
# likewise, so that one slip does not blur the whole file.
_BLOCKS = frozenset(
    [
        "ERROR",
        "program",
        "source_file",
        "translation_unit",
        "block",
        "statement_block",
        "compound_statement",
        "statement_list",
        "class_body",
        "interface_body",
        "object_type",
        "enum_body",
        "enum_body_declarations",
        "switch_body",
        "switch_block",
        "switch_block_statement_group",
        "match_block",
        "constructor_body",
        "annotation_type_body",
        "module_body",
        "declaration_list",
        "field_declaration_list",
        "ordered_field_declaration_list",
        "enum_variant_list",
        "enumerator_list",
        "import_spec_list",
        "var_spec_list",
        "interface_type",
        "body_statement",
        "block_body",
        "then",
        "do",
        "begin_block",
    ]
)
_CLAUSES = frozenset(
    [
        "elif_clause",
        "else_clause",
        "except_clause",
        "finally_clause",
        "case_clause",
        "catch_clause",
        "switch_case",
        "switch_default",
        "expression_case",
        "type_case",
        "default_case",
        "communication_case",
        "case_statement",
        "match_arm",
        "switch_rule",
        "else",
        "elsif",
        "when",
        "rescue",
        "ensure",
        "in_clause",
        "seh_except_clause",
        "seh_finally_clause",
    ]
)
_LITERALS = frozenset(
    [
        "list",
        "dictionary",
        "set",
        "tuple",
        "array",
        "object",
        "literal_value",
        "array_expression",
        "array_initializer",
        "initializer_list",
        "hash",
        "field_initializer_list",
        "element_value_array_initializer",
    ]
)
_JSX = frozenset({"jsx_element", "jsx_self_closing_element"})
_GROUPS = frozenset({"const_declaration", "var_declaration", "type_declaration"})  # Go
_BODIES = ("body", "consequence", "alternative")
_CLOSING = frozenset(")]}")
_PUNCTUATION = frozenset("{}(),;")
_INTERPOLATED = frozenset({"interpolation", "template_substitution", "string_interpolation"})
_NO_SEMICOLON = frozenset({"javascript", "typescript", "tsx"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that counts. `scope` is the function around it, `line` its first (from 0).

    `look` stands for the text of its lines, layout and all: a formatter changes it, not the key.
    """

    key: str
    scope: str = ""
    line: int = 0
    look: int = 0


@dataclass(frozen=True)
class Names:
    """The identifiers of one scope, and those of them that are bound there."""

    used: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Content:
    """A file as the ledger sees it. `comments` are the keys of comment-only lines."""

    pieces: Sequence[Piece] = ()
    comments: Sequence[str] = ()
    names: Mapping[str, Names] = field(default_factory=dict)  # by scope


def statements(language: Language, data: bytes) -> Content:
    """The pieces of a source file in the order of the text."""
    tree = parse(language, data)
    scopes = _Scopes(definitions(language, tree, data))
    return _Reader(language, data, scopes).read(tree.root_node)


class _Scopes:
    """Which outermost function an offset lies in."""

    def __init__(self, tops: Sequence[Definition]) -> None:
        self._ranges = list(_functions(tops))
        self._starts = [d.start for d in self._ranges]

    def at(self, offset: int) -> str:
        index = bisect_right(self._starts, offset) - 1
        if index >= 0 and offset < self._ranges[index].end:
            return self._ranges[index].qualified
        return ""


def _functions(found: Sequence[Definition]) -> Iterator[Definition]:
    for definition in found:
        if definition.what in ("function", "method"):
            yield definition
        else:
            yield from _functions(definition.children)


@dataclass
class _Open:
    """A piece that is being read."""

    scope: str
    line: int
    tokens: list[str] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)


class _Reader:
    def __init__(self, language: Language, data: bytes, scopes: _Scopes) -> None:
        self._data = data
        self._lines = data.split(b"\n")
        self._scopes = scopes
        python = language.name == "python"
        self._blocks = _BLOCKS | {"module"} if python else _BLOCKS
        self._semicolons = language.name not in _NO_SEMICOLON
        self._pieces: list[_Open] = []
        self._comments: list[str] = []
        self._used: dict[str, set[str]] = {}
        self._bound: dict[str, set[str]] = {}

    def read(self, root: Node) -> Content:
        self._descend(root)
        pieces = [
            Piece(GAP.join(p.tokens), p.scope, p.line, self._look(p))
            for p in self._pieces
            if p.tokens
        ]
        names = {
            scope: Names(frozenset(used), frozenset(self._bound.get(scope, ())))
            for scope, used in self._used.items()
        }
        return Content(pieces, self._comments, names)

    def _look(self, piece: _Open) -> int:
        return hash(tuple(self._lines[row] for row in sorted(piece.rows)))

    def _descend(self, root: Node) -> None:
        # A stack instead of recursion: generated expressions nest deeper than Python may.
        top = _Open("", 0)
        self._pieces.append(top)
        stack = [(root, top)]
        while stack:
            node, piece = stack.pop()
            if node.type in COMMENTS:
                self._comment(node)
                continue
            text = self._token(node)
            if text is not None:
                self._add(node, piece, text)
                continue
            for child, own in reversed(self._children(node)):
                stack.append((child, self._begin(child) if own else piece))

    def _begin(self, node: Node) -> _Open:
        return _Open(self._scopes.at(node.start_byte), node.start_point.row)

    def _children(self, node: Node) -> list[tuple[Node, bool]]:
        """The children that count, each with whether it is a piece of its own."""
        children = node.children
        kind = node.type
        block = kind in self._blocks
        long = kind in _LITERALS and node.end_byte - node.start_byte > _LONG
        long = long and len(b"".join(self._text(node).split())) > _LONG
        single = kind == "tuple" and node.named_child_count == 1
        found = []
        for index, child in enumerate(children):
            if not child.is_named:
                bracket = block and child.type in _PUNCTUATION
                trailing = child.type in (",", ";") and (
                    index + 1 == len(children) or children[index + 1].type in _CLOSING
                )
                if bracket or (trailing and not single) or (long and child.type == ","):
                    continue
            found.append((child, child.is_named and (long or self._is_piece(node, child, block))))
        return found

    def _is_piece(self, parent: Node, node: Node, in_block: bool) -> bool:
        kind = node.type
        if kind in self._blocks:
            return False
        if in_block or kind in _CLAUSES or kind in DECORATORS or kind in _JSX:
            return True
        if kind.endswith("_spec"):
            return parent.type in _GROUPS and parent.named_child_count > 1
        if not kind.endswith(("_statement", "_declaration")):
            return False
        return parent.type in _CLAUSES or any(
            parent.child_by_field_name(name) == node for name in _BODIES
        )

    def _token(self, node: Node) -> str | None:
        """The text of what is not taken apart: leaves, and strings without code in them."""
        if node.child_count == 0:
            return self._text(node).decode("utf-8", "replace").strip()
        if not node.type.endswith(("string", "string_literal")):
            return None
        if any(child.type in _INTERPOLATED for child in node.children):
            return None
        text = self._text(node).decode("utf-8", "replace")
        inner = text[1:-1]
        if text[:1] == "'" and "'" not in inner and '"' not in inner:
            return f'"{inner}"'
        return text

    def _add(self, node: Node, piece: _Open, text: str) -> None:
        if not text or (text == ";" and not self._semicolons):
            return
        if node.type == "identifier":
            self._used.setdefault(piece.scope, set()).add(text)
            if binds(node):
                self._bound.setdefault(piece.scope, set()).add(text)
            text = NAME + text
        if not piece.tokens and piece is not self._pieces[0]:
            self._pieces.append(piece)
        piece.tokens.append(text)
        piece.rows.update(range(node.start_point.row, node.end_point.row + 1))

    def _comment(self, node: Node) -> None:
        line = self._data.rfind(b"\n", 0, node.start_byte) + 1
        if not self._data[line : node.start_byte].strip():
            lines = self._text(node).decode("utf-8", "replace").splitlines()
            self._comments += [squeezed for one in lines if (squeezed := "".join(one.split()))]

    def _text(self, node: Node) -> bytes:
        return self._data[node.start_byte : node.end_byte]
