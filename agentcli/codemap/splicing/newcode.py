"""What a model wrote, read as code: at any indentation, with methods bare or in a class shell."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import tree_sitter
from tree_sitter import Node

from agentcli.codemap.definitions import (
    COMMENTS,
    Definition,
    definitions,
    is_placeholder,
)
from agentcli.codemap.languages import Language, parse
from agentcli.codemap.syntax import first_fault


class SpliceError(Exception):
    """The code can't be put into the file. The message is written for the model."""


@dataclass(frozen=True)
class Source:
    """A text with its tree and definitions."""

    language: Language
    data: bytes
    tree: tree_sitter.Tree
    tops: tuple[Definition, ...]
    bare: bool = False  # its tops are methods that stood without their class

    def text(self, start: int, end: int) -> str:
        return self.data[start:end].decode("utf-8", "replace")

    def walk(self) -> Iterator[Definition]:
        for top in self.tops:
            yield from top.walk()

    def statements(self) -> Sequence[Node]:
        """Top-level nodes that define nothing and are no comments."""
        spans = [(top.start, top.end) for top in self.tops]
        return [
            node
            for node in self.tree.root_node.named_children
            if node.type not in COMMENTS
            and not any(a < node.end_byte and node.start_byte < b for a, b in spans)
        ]


def source(language: Language, data: bytes) -> Source:
    """Parse a file as it is."""
    tree = parse(language, data)
    return Source(language, data, tree, definitions(language, tree, data))


def read_new_code(language: Language, text: str) -> Source:
    """Parse what the model wrote. Raises SpliceError when no reading of it parses."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    if not lines:
        raise SpliceError("There is no code in your answer.")
    if language.name != "python":
        lines = _align_first(lines)
    plain = _dedent(language, lines)
    plain_reading = source(language, plain)
    readings = [plain_reading]
    if language.name == "python":
        mended = _dedent(language, _indent_first(lines, plain_reading))
        readings = [source(language, mended), plain_reading]
    before, after = language.shell
    if before:
        shell = source(language, before.encode() + plain + after.encode())
        inner = shell.tops[0].children if shell.tops else ()
        readings.append(Source(language, shell.data, shell.tree, inner, bare=True))
    if language.name in ("c", "cpp"):
        readings.append(source(language, plain.rstrip() + b";\n"))  # `class X {…}` without it
    sound = [reading for reading in readings if not reading.tree.root_node.has_error]
    if not sound:
        raise SpliceError(_fault(plain_reading))
    return next((reading for reading in sound if reading.tops), sound[0])


def check_placeholders(code: Source, old: Source) -> None:
    """Raise SpliceError when a function body has a comment in place of code."""
    known = {_line(comment) for comment in _comments(old.tree.root_node)}
    for definition in code.walk():
        if definition.what not in ("function", "method") or definition.body is None:
            continue
        for comment in _comments(definition.node):
            if is_placeholder(_line(comment)) and _line(comment) not in known:
                raise SpliceError(
                    f"`{definition.qualified}` contains the placeholder `{_line(comment)}`. "
                    "Write the whole function; functions that don't change may be left out."
                )


def is_stub(definition: Definition) -> bool:
    """Whether a Python body is only `...` or `pass`, apart from a docstring."""
    if definition.body is None or definition.body.type != "block":
        return False
    real = [
        node
        for node in definition.body.named_children
        if node.type not in COMMENTS and not is_string_statement(node)
    ]
    return len(real) == 1 and (
        real[0].type == "pass_statement"
        or [child.type for child in real[0].named_children] == ["ellipsis"]
    )


def docstring(definition: Definition) -> Node | None:
    """A Python definition's docstring."""
    if definition.body is None or definition.body.type != "block":
        return None
    first = next((n for n in definition.body.named_children if n.type not in COMMENTS), None)
    return first if first is not None and is_string_statement(first) else None


def is_main_guard(node: Node) -> bool:
    """Whether a statement is `if __name__ == "__main__":`."""
    condition = node.child_by_field_name("condition")
    return condition is not None and b"__name__" in (condition.text or b"")


def is_string_statement(node: Node) -> bool:
    """Whether a statement is a bare string: a docstring, when it comes first."""
    return (
        node.type == "expression_statement"
        and node.named_child_count == 1
        and node.named_children[0].type in ("string", "concatenated_string")
    )


def reindent(code: Source, start: int, end: int, before: bytes, after: bytes) -> bytes:
    """The text [start, end) moved from indentation `before` to `after`; strings stay as they are.

    The first line is returned without indentation: it goes where the old one began.
    """
    if before == after:
        return code.data[start:end]
    fixed = _string_rows(code.tree.root_node, start, end)
    row = code.data.count(b"\n", 0, start)
    first, *rest = code.data[start:end].split(b"\n")
    moved = [first]
    directives = code.language.name in ("c", "cpp")
    for offset, line in enumerate(rest, 1):
        blank = not line.strip() and offset < len(rest)
        if row + offset in fixed or blank or (directives and line.startswith(b"#")):
            moved.append(line)
        elif line.startswith(before):
            moved.append(after + line[len(before) :])
        else:
            moved.append(after + line.lstrip())
    return b"\n".join(moved)


def _dedent(language: Language, lines: Sequence[str]) -> bytes:
    """Take the first line's indentation from all lines but those inside strings."""
    margin = re.match(r"[ \t]*", lines[0])
    prefix = margin.group() if margin else ""
    text = "\n".join(lines) + "\n"
    if not prefix:
        return text.encode()
    opening = "if True:\n" if language.name == "python" else "\n"
    probe = parse(language, (opening + text).encode()).root_node
    fixed = {row - 1 for row in _string_rows(probe, 0, probe.end_byte)}
    return "\n".join(
        line if row in fixed else line.removeprefix(prefix) for row, line in enumerate([*lines, ""])
    ).encode()


def _indent_first(lines: Sequence[str], plain: Source) -> Sequence[str]:
    """Give the first line the indentation it lost when the answer was stripped."""
    first = next((top for top in plain.tops if top.body is not None), None)
    if lines[0][:1].isspace() or first is None or first.body is None:
        return lines
    if lines[0].startswith("@") and first.node.start_point.column:
        return [" " * first.node.start_point.column + lines[0], *lines[1:]]
    depth = first.body.start_point.column
    if first.body.start_point.row == first.node.start_point.row:
        return lines
    heads = [re.match(r"[ \t]+(?=async |def |class |@)", line) for line in lines[1:]]
    margins = [head.group() for head in heads if head and len(head.group()) < depth]
    if margins:
        return [min(margins, key=len) + lines[0], *lines[1:]]
    return [" " * (depth - 4) + lines[0], *lines[1:]] if depth >= 8 else lines


def _align_first(lines: list[str]) -> list[str]:
    """The same where a brace or `end` closes the code: it stands below the first line."""
    closing = re.match(r"([ \t]+)(?:\}|end\b)", lines[-1])
    if closing is None or lines[0].startswith((" ", "\t", "#")):
        return lines
    return [closing.group(1) + lines[0], *lines[1:]]


def _string_rows(node: Node, start: int, end: int) -> set[int]:
    """Rows that begin inside a string (docstrings apart: they move with their code)."""
    if node.end_byte <= start or node.start_byte >= end:
        return set()
    if node.start_point.row == node.end_point.row or is_string_statement(node):
        return set()
    if ("string" in node.type and node.type != "concatenated_string") or "heredoc" in node.type:
        return set(range(node.start_point.row + 1, node.end_point.row + 1))
    return {row for child in node.children for row in _string_rows(child, start, end)}


def _comments(node: Node) -> Iterator[Node]:
    if node.type in COMMENTS:
        yield node
    for child in node.children:
        yield from _comments(child)


def _line(comment: Node) -> str:
    return (comment.text or b"").decode("utf-8", "replace").strip()


def _fault(code: Source) -> str:
    node = first_fault(code.tree.root_node)
    row = node.start_point.row if node else 0
    lines = code.data.decode("utf-8", "replace").splitlines()
    line = lines[row].strip() if row < len(lines) else ""
    return f"Your code does not parse: line {row + 1} of it, near `{line}`."
