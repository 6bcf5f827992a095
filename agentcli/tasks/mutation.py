"""Small bugs by syntax tree: one operator, constant or condition of a program changed.

The tables hold tokens, not languages, so every language that codemap reads can be broken. What
decides is the kind of node a token stands in: `<` in a comparison, not in a type's brackets.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentcli.codemap.languages import language_of, parse
from agentcli.codemap.syntax import syntax_fault

_OPERATORS = {
    **{"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "===": "!=="},
    **{"+": "-", "-": "+", "*": "+", "//": "*", "/": "*", "%": "*", "+=": "-=", "-=": "+="},
    **{"and": "or", "or": "and", "&&": "||", "||": "&&", "!==": "===", "is": "is not"},
    **{"in": "not in"},
}
_WORDS = {
    **{"true": "false", "false": "true", "True": "False", "False": "True"},
    **{"break": "continue", "continue": "break"},
}
_OPERATIONS = ("operator", "assignment", "expression", "binary")  # how their nodes' types end
_INTEGERS = {"integer", "integer_literal", "int_literal", "decimal_integer_literal", "number"}
_KEPT = {"import_statement", "import_from_statement", "decorator", "type"}  # nothing to test there


@dataclass(frozen=True)
class Mutation:
    """One change of a file: bytes `start` to `end` become `after`. The line is 1-based."""

    path: str
    start: int
    end: int
    before: str
    after: str
    line: int

    def apply(self, data: bytes) -> bytes:
        """The file with the change made."""
        return data[: self.start] + self.after.encode() + data[self.end :]


def mutations(path: str, data: bytes) -> list[Mutation]:
    """Every single change that leaves the file parsing, in the order of the text.

    Empty for a file in an unknown language, or one that doesn't parse or isn't UTF-8 as it is.
    """
    language = language_of(path)
    if language is None or not _is_text(data) or syntax_fault(path, data) is not None:
        return []
    found = (_mutation(path, node) for node in _leaves(parse(language, data).root_node))
    return [one for one in found if one and syntax_fault(path, one.apply(data)) is None]


def _leaves(node: Node) -> Iterator[Node]:
    if node.type in _KEPT:
        return
    if not node.children:
        yield node
    for child in node.children:
        yield from _leaves(child)


def _mutation(path: str, node: Node) -> Mutation | None:
    text = (node.text or b"").decode("utf-8", "replace")
    after = _instead(node, text)
    if after is None:
        return None
    line = node.start_point[0] + 1
    return Mutation(path, node.start_byte, node.end_byte, text, after, line)


def _instead(node: Node, text: str) -> str | None:
    """What to write in a token's place, None when it stays."""
    if node.type in _INTEGERS:
        return str(int(text) + 1) if text.isdecimal() else None
    if node.type == text.lower() and text in _WORDS:
        return _WORDS[text]
    if node.parent is not None and node.parent.type.endswith(_OPERATIONS):
        return _OPERATORS.get(text) if node.type == text else None
    return None


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
