"""The names that a file defines and refers to."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import tree_sitter

from agentcli.codemap.base import Tag
from agentcli.codemap.definitions import Definition, definitions
from agentcli.codemap.languages import Language, language_of, parse, query

MAX_BYTES = 1_000_000  # larger sources are data or bundles
_MAX_MEAN_LINE = 300  # bytes; minified code has few, very long lines
_SIGNATURE = 160  # characters


@dataclass(frozen=True)
class Defined:
    """A definition as the map shows it. `depth` counts the definitions around it."""

    name: str
    what: str
    line: int
    end_line: int
    depth: int
    signature: str
    local: bool  # inside a function: nobody else can refer to it


@dataclass(frozen=True)
class FileTags:
    """What is known of one file's content, wherever that content lies."""

    defined: tuple[Defined, ...] = ()
    refers: Mapping[str, int] | None = None  # name → how often


def is_source(data: bytes) -> bool:
    """Whether the content is worth parsing: text, not huge, not minified."""
    if len(data) > MAX_BYTES or b"\0" in data[:8192]:
        return False
    return len(data) / (data.count(b"\n") + 1) <= _MAX_MEAN_LINE


def tags(path: str, data: bytes) -> Sequence[Tag]:
    """Definitions in the order of the text, then references; empty for what isn't source."""
    language = language_of(path)
    if language is None or not is_source(data):
        return []
    found = _read(language, data)
    return [
        Tag(path, d.name, "def", d.what, d.line, d.end_line, d.signature) for d in found.defined
    ] + [Tag(path, name, "ref", "", line, line) for name, line in found.references]


def file_tags(language: Language, data: bytes) -> FileTags:
    """The same for the map: references only counted."""
    if not is_source(data):
        return FileTags((), {})
    found = _read(language, data)
    return FileTags(found.defined, dict(Counter(name for name, _ in found.references)))


@dataclass(frozen=True)
class _Found:
    defined: tuple[Defined, ...]
    references: Sequence[tuple[str, int]]  # name, line


def _read(language: Language, data: bytes) -> _Found:
    tree = parse(language, data)
    tops = definitions(language, tree, data)
    # Some grammars don't tell a type's name where it is defined from one where it is used.
    own = {inner.name_end for top in tops for inner in top.walk()}
    captured = tree_sitter.QueryCursor(query(language, "refs")).captures(tree.root_node)
    nodes = {node.start_byte: node for node in captured.get("ref", [])}
    references = [
        ((node.text or b"").decode("utf-8", "replace"), node.start_point.row + 1)
        for _, node in sorted(nodes.items())
        if node.end_byte not in own
    ]
    defined = tuple(d for top in tops for d in _describe(top, data, 0, False))
    return _Found(defined, references)


def _describe(definition: Definition, data: bytes, depth: int, local: bool) -> Iterator[Defined]:
    if definition.what == "field":
        return
    line = data.count(b"\n", 0, definition.head) + 1
    yield Defined(
        definition.name,
        definition.what,
        line,
        line + data.count(b"\n", definition.head, definition.end),
        depth,
        signature(definition, data),
        local,
    )
    inside = local or definition.what in ("function", "method")
    for child in definition.children:
        yield from _describe(child, data, depth + 1, inside)


def signature(definition: Definition, data: bytes) -> str:
    """The definition up to its body, on one line."""
    stop = definition.header_end
    if definition.body is None or stop == definition.name_end:
        # Values, and functions bound to a name: `const f = (x) => {`
        limit = definition.body.start_byte if definition.body else definition.end
        line_end = data.find(b"\n", definition.head, limit)
        stop = limit if line_end < 0 else line_end
    text = data[definition.head : stop].decode("utf-8", "replace")
    line = re.sub(r"\s+", " ", text).strip()
    line = line.replace("( ", "(").replace(", )", ")").replace(" )", ")")
    line = re.sub(r"\s*(\{|=>|:|;)$", "", line)
    return line if len(line) <= _SIGNATURE else line[: _SIGNATURE - 1].rstrip() + "…"
