"""Events of handing work down: plans, delegations, messages, merges, gates and leases.

All of them stand in the stream of the agent that acts; `MessageDelivered` in the stream of the
agent that hears. A delegation's id is the id of its child agent.
"""

from typing import Literal

from agentcli.journal.data import Body, Brief, Frozen, Result

DelegationEnd = Literal["integrated", "rolled_back", "discarded", "superseded", "lost"]
MessageKind = Literal[
    "message", "revise", "conflict", "interrupt", "redirect", "question", "answer"
]
AcceptedBy = Literal["parent", "policy", "gate"]
Act = Literal["takeover", "edit", "revert", "discard", "interrupt"]


class PlanItem(Frozen):
    """One node of a plan. `after` names the items whose merged work it builds on."""

    name: str
    brief: Brief
    after: tuple[str, ...] = ()
    model: str | None = None  # of its coder, when not the run's


class Planned(Body):
    """The plan from here on, in merge order. `dropped` are items that it no longer holds."""

    type: Literal["planned"] = "planned"
    items: tuple[PlanItem, ...]
    dropped: tuple[str, ...] = ()
    reason: str = ""  # of a replanning; empty for the first plan


class Delegated(Body):
    """A child begins. Its proposal is held against `base_tree`, which is also what it began from
    unless `start_tree` says otherwise (the last checkpoint of a child that was lost)."""

    type: Literal["delegated"] = "delegated"
    delegation: str
    brief: Brief
    base_tree: str
    base_commit: str  # the parent's own work up to here, so that the child's diff is its own
    item: str | None = None  # the plan's name for it
    start_tree: str | None = None
    replaces: str | None = None  # the delegation whose brief it takes over
    model: str | None = None


class DelegationRefused(Body):
    type: Literal["delegation_refused"] = "delegation_refused"
    goal: str
    reason: str


class DelegationClosed(Body):
    """`tree` stands in the parent's workspace from here on; after a roll-back the base tree."""

    type: Literal["delegation_closed"] = "delegation_closed"
    delegation: str
    result: Result
    rolled_back: bool
    tree: str
    commit: str
    end: DelegationEnd | None = None  # None: integrated or rolled back, as `rolled_back` says
    reason: str = ""  # the parent's stated reason, where it decided


class ProposalAccepted(Body):
    """A proposal may land; it is merged when its turn in the plan comes."""

    type: Literal["proposal_accepted"] = "proposal_accepted"
    delegation: str
    proposal: int
    by: AcceptedBy
    reason: str = ""


class Merged(Body):
    """A proposal was taken into the trunk: `expected` is the mechanical merge, nobody's edits."""

    type: Literal["merged"] = "merged"
    delegation: str
    proposal: int  # the child's n-th, from 1
    proposed: str  # its tree
    before: str
    expected: str
    commit: str


class MergeConflicted(Body):
    """A proposal didn't merge. `expected` holds git's conflict marks in `paths`."""

    type: Literal["merge_conflicted"] = "merge_conflicted"
    delegation: str
    proposal: int
    before: str
    expected: str
    paths: tuple[str, ...]


class MessageSent(Body):
    """`id` is unique in the run and counts per sender, so that order and doubles are known."""

    type: Literal["message_sent"] = "message_sent"
    id: str
    to: str
    kind: MessageKind
    text: str
    tree: str | None = None  # of a conflict: the tree to go on from, with git's marks in it
    base_commit: str | None = None  # and the commit that it is based on now


class MessageDelivered(Body):
    """In effect from here on, once. `output_tokens` is what the child had written by then."""

    type: Literal["message_delivered"] = "message_delivered"
    id: str
    sender: str
    kind: MessageKind
    text: str
    tree: str | None = None
    base_commit: str | None = None
    output_tokens: int = 0


class RoleTaken(Body):
    """An agent chose what it is in this run, or took another part. `None`: it abstained."""

    type: Literal["role_taken"] = "role_taken"
    agent: str
    role: str | None
    reason: str = ""


class PowerDenied(Body):
    """An agent asked for what its policy doesn't give it. Nothing changed."""

    type: Literal["power_denied"] = "power_denied"
    tool: str
    reason: str


class GateDecided(Body):
    """Whether an override was let through, decided before it was applied.

    `without` stands when it is denied and `with_act` when it is allowed; the one that does not
    stand is the counterfactual. `stated` is the parent's reason, `reason` the gate's.
    """

    type: Literal["gate_decided"] = "gate_decided"
    delegation: str
    act: Act
    gate: str
    allowed: bool
    reason: str
    stated: str = ""
    without: str
    with_act: str
    draw: float | None = None  # of a lottery, in [0, 1)
    votes: tuple[bool, ...] = ()
    step: int = 0  # of the parent, which asked
    tokens: int = 0  # that this step took, for all that it did

    @property
    def counterfactual(self) -> str:
        return self.without if self.allowed else self.with_act


class LeaseLost(Body):
    """A child was given up: it died, or showed no change for too long."""

    type: Literal["lease_lost"] = "lease_lost"
    delegation: str
    reason: str
    tree: str  # its last checkpoint, from which the brief is given to another


class LateAnswerRefused(Body):
    """A child that had lost its lease submitted after all; its answer was not taken."""

    type: Literal["late_answer_refused"] = "late_answer_refused"
    delegation: str
    commit: str
