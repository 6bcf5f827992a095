"""What goes with overrides, counted from a run's events: how the agents worked together.

None of these needs a tree: they are counts over what is on record.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from agentcli.journal.events import (
    AgentEnded,
    AgentStarted,
    Delegated,
    DelegationClosed,
    Event,
    GuardTripped,
    LeaseLost,
    MergeConflicted,
    ModelReplied,
    PowerDenied,
    Submitted,
    ToolReturned,
)
from agentcli.journal.stream import effective

_DELEGATING = frozenset(("delegate", "assign", "message", "ask", "interrupt"))
_COORDINATING = _DELEGATING | {"inspect", "wait", "accept", "reject"}
_EDITING = frozenset(("write", "edit", "splice"))


@dataclass
class Companions:
    """Counts of one run, or of many when added up. Tokens are input and output."""

    delegations: int = 0
    role_flips: int = 0  # an agent asked for what its role doesn't have
    flake_replies: int = 0  # a write that was said to be done and changed nothing
    loops: int = 0  # findings of the guards
    write_conflicts: int = 0  # proposals of two children that didn't merge
    stall_seconds: float = 0.0  # children at work after their last change that could be observed
    tokens: int = 0
    coordination_tokens: int = 0  # of replies that handed down, looked, waited or decided

    @property
    def coordination(self) -> float | None:
        """The share of tokens that went into working together; None without any."""
        return self.coordination_tokens / self.tokens if self.tokens else None

    def __add__(self, other: "Companions") -> "Companions":
        mine, theirs = vars(self), vars(other)
        return Companions(**{name: mine[name] + theirs[name] for name in mine})


@dataclass
class _Child:
    changed: float  # when something of its could be observed to change
    working: bool = True


@dataclass
class _Fold:
    sums: Companions = field(default_factory=Companions)
    last: dict[str, ModelReplied | None] = field(default_factory=dict)  # not yet coordination
    children: dict[str, _Child] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        agent, body, sums = event.agent_id, event.body, self.sums
        match body:
            case Delegated():
                sums.delegations += 1
                self.children[body.delegation] = _Child(event.at)
            case AgentStarted():
                self._changed(event)
            case ModelReplied():
                sums.tokens += body.usage.total
                self.last[agent] = body
            case ToolReturned():
                self._returned(event, body)
            case Submitted():
                self._changed(event)
            case AgentEnded():
                self._stop(agent, event.at)
            case DelegationClosed() | LeaseLost():
                self._stop(body.delegation, event.at)
            case PowerDenied():
                sums.role_flips += 1
            case GuardTripped():
                sums.loops += 1
            case MergeConflicted():
                sums.write_conflicts += 1
            case _:
                pass

    def _returned(self, event: Event, body: ToolReturned) -> None:
        if body.checkpoint is not None or body.check is not None:
            self._changed(event)
        elif body.call.name in _EDITING and body.ok:
            self.sums.flake_replies += 1
        reply = self.last.get(event.agent_id)
        if reply is not None and body.call.name in _COORDINATING:
            self.sums.coordination_tokens += reply.usage.total
            self.last[event.agent_id] = None

    def _changed(self, event: Event) -> None:
        child = self.children.get(event.agent_id)
        if child is not None:
            child.changed, child.working = event.at, True

    def _stop(self, agent: str, at: float) -> None:
        child = self.children.get(agent)
        if child is not None and child.working:
            self.sums.stall_seconds += at - child.changed
            child.working = False


def companions(events: Iterable[Event]) -> Companions:
    """The companions of one run."""
    fold = _Fold()
    for event in effective(events):
        fold.take(event)
    return fold.sums
