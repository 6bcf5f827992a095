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
    Merged,
    ModelReplied,
    PowerDenied,
    RoleTaken,
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
    role_flips: int = 0  # an agent asked for what its role doesn't have, or took another role
    flake_replies: int = 0  # a write that was said to be done and changed nothing
    loops: int = 0  # findings of the guards
    write_conflicts: int = 0  # proposals that didn't merge with what another child had brought
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
    paths: set[str]  # that it wrote, or the one that it replaced
    working: bool = True


@dataclass
class _Fold:
    sums: Companions = field(default_factory=Companions)
    last: dict[str, ModelReplied | None] = field(default_factory=dict)  # not yet coordination
    children: dict[str, _Child] = field(default_factory=dict)
    roles: dict[str, str | None] = field(default_factory=dict)
    landed: set[str] = field(default_factory=set)  # paths that children's merged work changed

    def take(self, event: Event) -> None:
        agent, body, sums = event.agent_id, event.body, self.sums
        match body:
            case Delegated():
                sums.delegations += 1
                before = self.children.get(body.replaces or "")
                paths = set(before.paths) if before else set()
                self.children[body.delegation] = _Child(event.at, paths)
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
            case RoleTaken():
                flipped = body.agent in self.roles and self.roles[body.agent] != body.role
                self.roles[body.agent] = body.role
                sums.role_flips += flipped
            case Merged():
                self.landed |= self.children[body.delegation].paths
            case MergeConflicted():
                sums.write_conflicts += not self.landed.isdisjoint(body.paths)
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
            checkpoint = getattr(event.body, "checkpoint", None)
            child.paths |= {change.path for change in checkpoint.changes} if checkpoint else set()

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
