"""A patch as data: files, hunks, lines; and its rows, in one column or in two."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Literal

from agentcli.plain import plain

Kind = Literal["file", "hunk", "same", "added", "removed", "note"]

_HEAD = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)")
_KINDS: dict[str, Kind] = {" ": "same", "+": "added", "-": "removed"}
_NOTES = ("new file", "deleted file", "rename ", "Binary ", "old mode", "new mode")


@dataclass(frozen=True)
class Line:
    """One line of a hunk, with its number in the file before or after."""

    kind: Kind
    text: str
    number: int | None = None


@dataclass(frozen=True)
class Hunk:
    """Lines that stand together."""

    path: str
    head: str
    lines: tuple[Line, ...]

    @cached_property
    def code(self) -> str:
        """Its lines as they stand, signs left out, for a highlighter."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True)
class FilePatch:
    """What happened to one file."""

    path: str
    notes: tuple[str, ...]
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True)
class Cell:
    """One side of a row: a line, and its place in its hunk where it has one."""

    line: Line
    hunk: Hunk | None = None
    index: int = 0


Row = tuple[Cell | None, Cell | None]  # left and right; in one column only left is filled


def parse(patch: str) -> list[FilePatch]:
    """Read git's unified format. What it doesn't know it leaves out, never an error."""
    parts = re.split(r"^(?=diff --git )", plain(patch), flags=re.MULTILINE)
    return [_file(part.splitlines()) for part in parts if part.strip()]


def unified(files: list[FilePatch]) -> Iterator[Row]:
    """One column: what was removed above what was added."""
    for file in files:
        yield from _title(file)
        for hunk in file.hunks:
            yield Cell(Line("hunk", hunk.head)), None
            for index, line in enumerate(hunk.lines):
                yield Cell(line, hunk, index), None


def split(files: list[FilePatch]) -> Iterator[Row]:
    """Two columns: before on the left, after on the right, changes beside each other."""
    for file in files:
        yield from _title(file)
        for hunk in file.hunks:
            yield Cell(Line("hunk", hunk.head)), None
            yield from _beside(hunk)


def _title(file: FilePatch) -> Iterator[Row]:
    yield Cell(Line("file", file.path)), None
    for note in file.notes:
        yield Cell(Line("note", note)), None


def _beside(hunk: Hunk) -> Iterator[Row]:
    removed: list[Cell] = []
    added: list[Cell] = []
    for index, line in enumerate(hunk.lines):
        cell = Cell(line, hunk, index)
        match line.kind:
            case "removed":
                removed.append(cell)
            case "added":
                added.append(cell)
            case _:
                yield from zip_longest(removed, added)
                removed, added = [], []
                yield cell, cell
    yield from zip_longest(removed, added)


def _file(lines: list[str]) -> FilePatch:
    path = lines[0].rpartition(" b/")[2] if lines[0].startswith("diff --git") else ""
    starts = [number for number, line in enumerate(lines) if line.startswith("@@ ")]
    head = lines[1 : starts[0]] if starts else lines[1:]
    ends = [*starts[1:], len(lines)][: len(starts)]
    hunks = [_hunk(path, lines[a:b]) for a, b in zip(starts, ends, strict=True)]
    notes = [line for line in head if line.startswith(_NOTES)]
    return FilePatch(path, tuple(notes), tuple(hunks))


def _hunk(path: str, lines: list[str]) -> Hunk:
    found = _HEAD.match(lines[0])
    old, new, around = (int(found[1]), int(found[2]), found[3]) if found else (1, 1, "")
    read = []
    for line in lines[1:]:
        kind = _KINDS.get(line[:1], "note")
        if kind == "note":
            read.append(Line("note", line))
            continue
        read.append(Line(kind, line[1:].expandtabs(4), old if kind == "removed" else new))
        old += kind != "added"
        new += kind != "removed"
    return Hunk(path, around, tuple(read))
