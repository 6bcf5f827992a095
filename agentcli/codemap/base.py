"""The seam between agents and the code's structure: what a file defines and refers to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

ReadBlobs = Callable[[Sequence[str]], Awaitable[Mapping[str, bytes]]]  # blob ids → contents


@dataclass(frozen=True)
class Tag:
    """A name defined or referred to. Lines are 1-based; `signature` is the defining line(s)."""

    path: str
    name: str
    kind: Literal["def", "ref"]
    what: str  # function, class, method, type, module, constant … ; "" for references
    line: int
    end_line: int
    signature: str = ""


@dataclass(frozen=True)
class Unit:
    """A named function, method or class as it stands in a file. Offsets are bytes."""

    qualified: str  # Class.method, outer.inner
    what: Literal["function", "method", "class"]
    start: int  # including decorators, attributes and the doc comment above it
    end: int
    indent: str


@dataclass(frozen=True)
class SyntaxFault:
    """Why a file does not parse. The line is 1-based; `text` is that line."""

    line: int
    column: int
    text: str
