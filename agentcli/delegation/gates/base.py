"""What a gate is, what it is asked, and what it may call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from agentcli.delegation.judging import Verdicts
from agentcli.journal.delegation_events import Act
from agentcli.journal.events import Brief
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class OverrideRequest:
    """An override that a parent wants to make.

    `without` is the tree that stands if it is denied, `with_act` the one if it is allowed.
    `stated` is the parent's reason. `step` is the parent's model call that asks and `tokens` what
    that call took, input and output.
    """

    delegation: str
    act: Act
    parent: str
    child: str
    brief: Brief
    stated: str
    without: str
    with_act: str
    step: int = 0
    tokens: int = 0
    number: int = 1  # of the requests about this delegation, as the keeper counts them


@dataclass(frozen=True)
class Decision:
    """Whether the override is let through, and why. `by` names who decided, if not the gate."""

    allowed: bool
    reason: str
    draw: float | None = None  # of a lottery, in [0, 1)
    votes: tuple[bool, ...] = ()  # of judges; True: the override is better
    by: str | None = None


class Gate(Protocol):
    """Decides, and changes nothing. The same request gets the same answer, except from people."""

    @property
    def name(self) -> str:
        """As the setting `gate` calls it."""

    async def decide(self, request: OverrideRequest) -> Decision:
        """May raise LimitReached or an InfraFault of what it calls; then nothing is decided."""


@dataclass(frozen=True)
class Question:
    """What a person is asked: who wants what, and the difference it makes (a patch)."""

    request: OverrideRequest
    patch: str


class Person(Protocol):
    """Somebody who may be asked during a run."""

    async def decide(self, question: Question) -> bool | None:
        """Whether the override may be applied; None when nobody is there."""


class Nobody:
    """No person can be asked: there is no terminal."""

    async def decide(self, question: Question) -> bool | None:
        return None


AskJudge = Callable[[str, str], Awaitable[str]]  # a judge's agent id, the question; its words


@dataclass(frozen=True)
class GateParts:
    """The seams to what lies above. `verdicts` is None when the run has no test command."""

    store: RunStore
    seed: int
    verdicts: Verdicts | None
    ask_judge: AskJudge
    person: Person
