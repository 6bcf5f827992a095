"""The data inside events: frozen, typed, shared by all event bodies.

Times are seconds since the epoch (UTC), durations are seconds, money is US dollars, sizes are
bytes unless a name says otherwise.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

AgentStatus = Literal["done", "failed", "partial", "budget", "depth"]
RunStatus = Literal[
    "verified", "finished", "not_verified", "failed", "limit", "infra", "interrupted"
]


class Frozen(BaseModel):
    """Data that never changes once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Body(Frozen):
    """Base of all event bodies.

    `ambient` events tell what happened around the agents (an engine started, a call was
    retried). They are for people and statistics; recall (see stream.py) passes over them.
    """

    ambient: ClassVar[bool] = False


class Usage(Frozen):
    """Tokens of one model call, as the provider counted them. `cached` is part of `input`."""

    input: int = 0
    output: int = 0
    cached: int = 0
    estimated: bool = False  # the provider sent no count

    @property
    def total(self) -> int:
        return self.input + self.output


class Call(Frozen):
    """A tool call as the model asked for it; `arguments` is what its JSON held."""

    id: str
    name: str
    arguments: dict[str, Any]


class FileChange(Frozen):
    """One path between two trees. `added`/`removed` are lines, None for binary files."""

    path: str
    status: Literal["A", "M", "D", "T"]
    added: int | None
    removed: int | None


def lines_changed(changes: Iterable[FileChange]) -> tuple[int, int]:
    """Lines added and removed in all of them together; binary files have none."""
    told = list(changes)
    return sum(c.added or 0 for c in told), sum(c.removed or 0 for c in told)


class Checkpoint(Frozen):
    """The tree after a write: the `number`-th of its agent, changed from the tree before it."""

    number: int
    tree: str
    changes: tuple[FileChange, ...] = ()

    @property
    def lines(self) -> tuple[int, int]:
        """Lines added and removed in all files together."""
        return lines_changed(self.changes)


class Check(Frozen):
    """The outcome of a done-check or verifier command. `output` is clipped."""

    command: str
    exit_code: int | None  # None: it was killed by its time-out
    passed: bool
    output: str = ""
    seconds: float = 0.0


class Brief(Frozen):
    """All that a child agent is told. `paths` is its scope; empty means the whole repository."""

    goal: str
    facts: str = ""
    paths: tuple[str, ...] = ()
    check: str | None = None
    max_tokens: int | None = None


class Result(Frozen):
    """What a delegation returns: typed, never prose alone. `commit` is None when rolled back."""

    status: AgentStatus
    summary: str = ""
    commit: str | None = None
    changes: tuple[FileChange, ...] = ()
    check: Check | None = None
