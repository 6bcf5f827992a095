"""One delegation as its planner's events tell it."""

from dataclasses import dataclass

from agentcli.delegation.crew import Member
from agentcli.journal.events import Delegated, DelegationClosed, LeaseLost, Merged, PlanItem

AT_WORK = ("waiting", "working")


@dataclass(frozen=True)
class Sight:
    """What a planner can notice of a delegation: its state, and counts that only grow."""

    state: str
    counts: tuple[int, ...]


NOTHING_SEEN = Sight("at work", (0, 0))


@dataclass
class Assignment:
    """One delegation as the planner's events tell it, and the coder at it."""

    item: PlanItem
    begun: Delegated
    member: Member
    accepted: bool = False
    merged: Merged | None = None
    lost: LeaseLost | None = None
    closed: DelegationClosed | None = None

    @property
    def id(self) -> str:
        return self.begun.delegation

    @property
    def name(self) -> str:
        return self.item.name

    @property
    def undecided(self) -> bool:
        """Whether a proposal waits for somebody to accept or reject it."""
        waiting = self.member.state == "submitted" and not self.member.inbox
        return waiting and not self.accepted and self.closed is None

    @property
    def state(self) -> str:
        """One word for people and the planner."""
        if self.closed is not None:
            return self.closed.end or "closed"
        return "accepted" if self.accepted else self.member.state
