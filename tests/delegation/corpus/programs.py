"""The little programs that the histories are about: one in each of four languages.

`samples/` holds their pieces: functions as the base has them (`base`), as the child or a sibling
writes them, and as the parent would. Everything else about a language is in `PROGRAMS`.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
FIVE = ("mean", "median", "spread", "clamp", "running")  # what the child is usually asked for

_PIECE = re.compile(r"^=== (\w+) (\w+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """One language's program. `grammar` says whether its syntax can be read."""

    language: str
    suffix: str
    comment: str
    lock_file: str
    grammar: bool = True

    @property
    def path(self) -> str:
        return f"src/stats.{self.suffix}"

    @property
    def other(self) -> str:
        """Another file of the same language, which the base does not have."""
        return f"src/figures.{self.suffix}"

    @property
    def app(self) -> str:
        return f"app/main.{self.suffix}"

    @property
    def tests(self) -> str:
        name = "stats_test" if self.language == "go" else "test_stats"
        return f"tests/{name}.{self.suffix}"

    def piece(self, name: str, of: str) -> str:
        """A function or line, for instance `piece("mean", "child")`."""
        return self._pieces[name, of]

    def five(self, of: str) -> tuple[str, ...]:
        """The five functions that the brief asks for, as `child` or `parent` writes them."""
        return tuple(self.piece(name, of) for name in FIVE)

    def base(self) -> dict[str, str]:
        """What stands before anybody is asked for anything."""
        names = ("header", "limit", "total", "largest", "count")
        return {
            "README.md": "# Figures\n\nSums and counts over lists.\n",
            self.path: joined(*(self.piece(name, "base") for name in names)),
            self.app: self.piece("app", "base"),
            self.tests: joined(self.piece("first", "tests"), self.piece("second", "tests")),
        }

    @cached_property
    def _pieces(self) -> dict[tuple[str, str], str]:
        text = (SAMPLES / f"stats.{self.suffix}.txt").read_text("utf-8")
        _, *parts = _PIECE.split(text)
        return {
            (name, of): piece
            for name, of, piece in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        }


PROGRAMS = (
    Program("python", "py", "#", "poetry.lock"),
    Program("typescript", "ts", "//", "package-lock.json"),
    Program("go", "go", "//", "go.sum"),
    Program("shell", "sh", "#", "flake.lock", grammar=False),
)


def joined(*pieces: str) -> str:
    """Pieces as one text, a blank line between each two."""
    return "\n".join(pieces)


def first_lines(piece: str, count: int) -> str:
    """A function as it looks while it is being written."""
    return "".join(piece.splitlines(keepends=True)[:count])


def reindented(piece: str) -> str:
    """Every indentation twice as deep."""
    return re.sub(r"^[ \t]+", lambda indent: indent[0] * 2, piece, flags=re.MULTILINE)


def renamed(piece: str, old: str, new: str) -> str:
    """Every occurrence of one name replaced by another."""
    return re.sub(rf"\b{old}\b", new, piece)


def guarded(piece: str, guard: str) -> str:
    """The function with `guard` as the first line of its body."""
    head, body = piece.split("\n", 1)
    return f"{head}\n{guard}{body}"
