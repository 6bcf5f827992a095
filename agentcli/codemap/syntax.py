"""Does a file still parse, and which functions, methods and classes stand in it."""

from collections.abc import Sequence
from typing import Literal

from tree_sitter import Node

from agentcli.codemap.base import SyntaxFault, Unit
from agentcli.codemap.definitions import CONTAINERS, definitions
from agentcli.codemap.languages import language_of, parse

_WHAT: dict[str, Literal["function", "method", "class"]] = {
    "function": "function",
    "method": "method",
    "module": "class",
    **dict.fromkeys(CONTAINERS, "class"),
}


def syntax_fault(path: str, data: bytes) -> SyntaxFault | None:
    """The first place where the file does not parse; None when it does, or in unknown languages."""
    language = language_of(path)
    if language is None:
        return None
    node = first_fault(parse(language, data).root_node)
    if node is None:
        return None
    row, column = node.start_point
    lines = data.splitlines()
    text = lines[row].decode("utf-8", "replace") if row < len(lines) else ""
    return SyntaxFault(row + 1, column, text)


def broke(path: str, before: bytes, after: bytes) -> SyntaxFault | None:
    """The fault that an edit brought in: None when `before` did not parse either."""
    fault = syntax_fault(path, after)
    return fault if fault and syntax_fault(path, before) is None else None


def units(path: str, data: bytes) -> Sequence[Unit]:
    """Functions, methods and classes in the order of the text; empty for unknown languages."""
    language = language_of(path)
    if language is None:
        return []
    top = definitions(language, parse(language, data), data)
    return [
        Unit(d.qualified, _WHAT[d.what], d.start, d.end, d.indent.decode())
        for outer in top
        for d in outer.walk()
        if d.what in _WHAT
    ]


def first_fault(node: Node) -> Node | None:
    """The first ERROR or MISSING node at or under `node`."""
    if not node.has_error:
        return None
    if node.is_error or node.is_missing:
        return node
    for child in node.children:
        found = first_fault(child)
        if found is not None:
            return found
    return node
