"""What a file defines, as a tree with exact byte ranges: the base of tags, units and splicing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import tree_sitter
from tree_sitter import Node

from agentcli.codemap.languages import Language, query

CONTAINERS = {"class", "struct", "interface", "trait", "impl", "enum"}
DECORATORS = {
    "decorator",  # Python, JavaScript, TypeScript
    "attribute_item",  # Rust
    "annotation",  # Java
    "marker_annotation",
    "attribute_declaration",  # C++
}
COMMENTS = {"comment", "line_comment", "block_comment"}

# A definition's node is part of these when they exist for it alone.
_WRAPPERS = {"decorated_definition", "export_statement", "template_declaration"} | {
    "ambient_declaration"
}
_SOLE_WRAPPERS = {"type_declaration", "const_declaration", "var_declaration"}  # Go's groups
_WEAK = {"constant": 1, "field": 1, "type": 1}  # give way to a closer match of the same name
_BLANK = re.compile(rb"[ \t]*")


@dataclass(frozen=True)
class Lead:
    """One comment or decorator above a definition."""

    start: int
    end: int
    comment: bool


@dataclass(frozen=True)
class Definition:
    """One definition. Offsets are bytes: [start comments decorators [head … body …] end]."""

    name: str
    qualified: str
    what: str
    start: int
    head: int
    end: int
    indent: bytes
    node: Node = field(repr=False, compare=False)
    name_end: int
    lead: tuple["Lead", ...]  # comments and decorators, in the order of the text
    body: Node | None = field(default=None, repr=False, compare=False)
    children: tuple["Definition", ...] = ()

    @property
    def header_end(self) -> int:
        """The end of what stands before the body: parameters, bases, result type."""
        limit = self.body.start_byte if self.body else self.end
        parts = [
            child.end_byte
            for child in self.node.children
            if child.end_byte <= limit and child.type not in COMMENTS
        ]
        return max([*parts, self.name_end])

    def walk(self) -> Iterator["Definition"]:
        """Itself and everything inside, outer ones first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass
class _Match:
    what: str
    node: Node  # as the query names it
    outer: Node  # with its wrappers
    name: Node
    value: Node
    receiver: str
    inner: list["_Match"] = field(default_factory=list)


def definitions(language: Language, tree: tree_sitter.Tree, data: bytes) -> tuple[Definition, ...]:
    """The file's definitions, outermost first in the order of the text."""
    return tuple(
        _build(match, "", False, data, language) for match in _nest(_matches(language, tree))
    )


def _matches(language: Language, tree: tree_sitter.Tree) -> Sequence[_Match]:
    found: dict[int, _Match] = {}
    cursor = tree_sitter.QueryCursor(query(language, "defs"))
    for _, captures in cursor.matches(tree.root_node):
        name = captures["name"][0]
        what, node = next((k[4:], v[0]) for k, v in captures.items() if k.startswith("def."))
        known = found.get(name.start_byte)
        if known and _WEAK.get(known.what, 0) <= _WEAK.get(what, 0):
            continue
        value = captures["value"][0] if "value" in captures else node
        receiver = _text(captures["receiver"][0]) if "receiver" in captures else ""
        found[name.start_byte] = _Match(what, node, _outer(node), name, value, receiver)
    return sorted(found.values(), key=lambda m: (m.outer.start_byte, -m.outer.end_byte))


def _nest(matches: Sequence[_Match]) -> Sequence[_Match]:
    top: list[_Match] = []
    open_: list[_Match] = []
    for match in matches:
        while open_ and open_[-1].outer.end_byte <= match.outer.start_byte:
            open_.pop()
        (open_[-1].inner if open_ else top).append(match)
        open_.append(match)
    return top


def _build(
    match: _Match, prefix: str, in_container: bool, data: bytes, language: Language
) -> Definition:
    name = _text(match.name)
    what = match.what
    if what == "function" and (in_container or match.receiver):
        what = "method"
    qualified = ".".join(part for part in (prefix, match.receiver, name) if part)
    line = data.rfind(b"\n", 0, match.outer.start_byte) + 1
    blank = _BLANK.match(data, line)
    indent = blank.group() if blank else b""
    end = match.outer.end_byte
    while end > match.name.end_byte and data[end - 1 : end].isspace():
        end -= 1  # preprocessor lines own their line break
    if language.name == "python":
        end = _with_comments(data, end, len(indent))
    inside, head = _inner_lead(match.outer)
    lead = (*_lead_above(match.outer, data), *inside)
    return Definition(
        name=name,
        qualified=qualified,
        what=what,
        start=lead[0].start if lead else match.outer.start_byte,
        head=head,
        end=end,
        indent=indent,
        node=match.node,
        name_end=match.name.end_byte,
        lead=lead,
        body=match.value.child_by_field_name("body"),
        children=tuple(
            _build(inner, qualified, what in CONTAINERS, data, language) for inner in match.inner
        ),
    )


def _outer(node: Node) -> Node:
    parent = node.parent
    while parent is not None and (
        parent.type in _WRAPPERS
        or (parent.type in _SOLE_WRAPPERS and parent.named_child_count == 1)
        or (parent.type == "expression_statement" and node.type == "internal_module")
    ):
        node, parent = parent, parent.parent
    return node


def _lead_above(node: Node, data: bytes) -> Sequence[Lead]:
    """The attributes and the comments directly above the definition."""
    found: list[Lead] = []
    below, above = node, node.prev_sibling
    while above is not None and above.type in COMMENTS | DECORATORS:
        gap = data[above.end_byte : below.start_byte]
        line = data.rfind(b"\n", 0, above.start_byte) + 1
        comment = above.type in COMMENTS
        if gap.strip() or (comment and _newlines(above, gap) > 1):
            break
        if data[line : above.start_byte].strip() or is_placeholder(_text(above)):
            break
        found.append(Lead(above.start_byte, above.end_byte, comment))
        below, above = above, above.prev_sibling
    return found[::-1]


def _newlines(above: Node, gap: bytes) -> int:
    # Rust's line comments own their line break.
    return gap.count(b"\n") + (above.end_point.column == 0)


def _inner_lead(node: Node) -> tuple[Sequence[Lead], int]:
    """The decorators that are part of the node, and where the definition itself begins."""
    found: list[Lead] = []
    for child in node.children:
        # Java keeps annotations among the modifiers.
        parts = child.children if child.type == "modifiers" else [child]
        for part in parts:
            if part.type not in DECORATORS | COMMENTS:
                return found, part.start_byte
            found.append(Lead(part.start_byte, part.end_byte, part.type in COMMENTS))
    return [], node.start_byte


def _with_comments(data: bytes, end: int, indent: int) -> int:
    """The end of a Python block with the comments that trail it: no brace shows where it ends."""
    position = end
    while True:
        stop = data.find(b"\n", position)
        line = data[position : len(data) if stop < 0 else stop]
        text = line.strip()
        depth = len(line) - len(line.lstrip()) if position != end else indent + 1
        if text.startswith(b"#") and depth > indent:
            end = position + len(line.rstrip())
        elif text:
            return end
        if stop < 0:
            return end
        position = stop + 1


_PLACEHOLDER = re.compile(
    r"^\W*("
    r"(\.\.\.|…)\W*"
    r"|(\.\.\.|…)\W*(the |your )?(rest|existing|remain|unchanged|same|previous|other|code)\b.*"
    r"|.*\b(existing|rest|remaining|unchanged|same|previous|original)\b.*(\.\.\.|…)\W*"
    r"|(the )?(rest|remainder) of (the |your |this )?"
    r"(code|function|method|class|file|implementation|logic|body)\b[^,;:]{0,30}"
    r"|(the |your )?(existing|unchanged|remaining|previous|original|other) "
    r"(code|implementation|logic|methods?|functions?|body|imports?)"
    r"( here| goes here| unchanged| remains?| stays?| is unchanged| as before)?\W*"
    r"|(same as before|unchanged|your code here|implementation (goes )?here)\W*"
    r")$",
    re.IGNORECASE | re.DOTALL,
)


def is_placeholder(comment: str) -> bool:
    """Whether a comment stands for code that was left out (`# ... existing code ...`)."""
    return bool(_PLACEHOLDER.match(comment.strip()))


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
