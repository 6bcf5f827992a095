"""A splice in progress: the edits of a file that put new code in place."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agentcli.codemap.definitions import Definition
from agentcli.codemap.splicing.newcode import Source, SpliceError, reindent, source
from agentcli.codemap.syntax import first_fault


@dataclass(frozen=True)
class Spliced:
    """The new file. Names are qualified; `left_out` are statements that were not put in."""

    data: bytes
    replaced: Sequence[str]
    added: Sequence[str]
    left_out: Sequence[str] = ()


@dataclass
class Draft:
    """Edits are kept apart from the text until the end, so all offsets are of the old file."""

    code: Source
    file: Source
    edits: list[tuple[int, int, bytes]] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)  # where the definitions replaced so far begin

    def insert(self, place: int, text: bytes) -> None:
        """Put text before `place`; what is inserted at one place stays in order."""
        self.edits.append((place, place, text))

    def replace(self, start: int, end: int, text: bytes) -> bool:
        """Put text in place of [start, end); False when it is the same but for line endings."""
        if like(text, b"") == like(self.file.data[start:end], b""):
            return False
        self.edits.append((start, end, text))
        return True

    def append_after(self, end: int, text: bytes) -> None:
        """Put a new top-level piece below the line in which `end` lies."""
        data = self.file.data
        stop = data.find(b"\n", end)
        place = len(data) if stop < 0 else stop
        if data[:place].endswith(b"\r"):
            place -= 1
        self.insert(place, b"\n" + self.gap + text + (b"" if data[place:] else b"\n"))

    def moved(self, new: Definition, start: int, end: int, indent: bytes) -> bytes:
        """A part of a new definition at the indentation of its place."""
        return reindent(self.code, start, end, new.indent, indent)

    @property
    def gap(self) -> bytes:
        """The blank lines between top-level pieces."""
        return b"\n\n" if self.file.language.name == "python" else b"\n"

    def result(self) -> Spliced:
        """The file with all edits; raises SpliceError when they change nothing, or break it."""
        data = self.file.data
        ordered = sorted(self.edits, key=lambda edit: edit[:2])
        for start, end, text in ordered[::-1]:
            data = data[:start] + like(text, self.file.data) + data[end:]
        if data == self.file.data:
            raise SpliceError(self._nothing())
        if not self.file.tree.root_node.has_error:
            broken = first_fault(source(self.file.language, data).tree.root_node)
            if broken is not None:
                line = data.splitlines()[broken.start_point.row].decode("utf-8", "replace")
                raise SpliceError(
                    f"With your code in place the file would not parse near `{line.strip()}`. "
                    "Give each changed function complete, with its usual indentation."
                )
        return Spliced(data, self.replaced, self.added, self.left_out)

    def _nothing(self) -> str:
        if self.left_out:
            return (
                "There is no changed function, method or class in your code, only statements: "
                f"{'; '.join(f'`{line}`' for line in self.left_out[:3])}."
            )
        return "Nothing changed: your code is the same as what the file has already."


def like(data: bytes, file: bytes) -> bytes:
    """`data` with the line endings of `file`."""
    plain = data.replace(b"\r\n", b"\n")
    crlf = file.count(b"\r\n") * 2 > file.count(b"\n")
    return plain.replace(b"\n", b"\r\n") if crlf else plain
