"""The state of a swarm: plan, coders and trunk, and what may be done with them.

Everything here is folded from events of the planner's own stream, live and on resume alike.
Decisions that depend on the coders' progress (see `decisions`) are made in `advance`, which the
planner's tools call, so that one stream holds them in order.
"""

import asyncio
from collections.abc import Mapping
from typing import TypeVar

from agentcli.agents.budget import Budget
from agentcli.agents.inbox import Post
from agentcli.agents.workspace import Workspace
from agentcli.delegation.assignment import AT_WORK, Assignment, Sight
from agentcli.delegation.crew import Crew
from agentcli.delegation.decisions import decide_next
from agentcli.delegation.plan import Plan
from agentcli.delegation.policy import Policy
from agentcli.journal.delegation_events import AcceptedBy, DelegationEnd, MessageKind
from agentcli.journal.events import (
    Body,
    Delegated,
    DelegationClosed,
    LateAnswerRefused,
    LeaseLost,
    MergeConflicted,
    Merged,
    MessageSent,
    ModelReplied,
    Planned,
    ProposalAccepted,
    Result,
)
from agentcli.journal.stream import Stream, Streams

B = TypeVar("B", bound=Body)

_DECISIONS = (
    Delegated,
    DelegationClosed,
    LateAnswerRefused,
    LeaseLost,
    MergeConflicted,
    Merged,
    MessageSent,
    ProposalAccepted,
)
_ATTEMPTS = 3  # coders that one brief is given to when they are lost


class Swarm:
    """Plan, crew and trunk of one planner."""

    def __init__(
        self,
        stream: Stream,
        streams: Streams,
        trunk: Workspace,
        crew: Crew,
        post: Post,
        policy: Policy,
        budget: Budget,
        room: int,
        asking: set[str],
    ) -> None:
        self.plan = Plan()
        self.assignments: dict[str, Assignment] = {}
        self.trunk = trunk
        self.crew = crew
        self.post = post
        self.policy = policy
        self.asking = asking  # coders that wait for an answer
        self.shown: Mapping[str, Sight] = {}  # what the planner saw in its last report
        self.stream = stream
        self._streams = streams
        self.budget = budget
        self.room = room
        self._live = False

    # ---- state ----

    def current(self, name: str) -> Assignment | None:
        """The latest delegation of a plan's item, by its name or by the delegation's id."""
        if name in self.assignments:
            return self.assignments[name]
        found = [each for each in self.assignments.values() if each.name == name]
        return found[-1] if found else None

    def opened(self) -> list[Assignment]:
        """Delegations that are not closed."""
        return [each for each in self.assignments.values() if each.closed is None]

    def busy(self) -> bool:
        """Whether anything can still come of waiting."""
        return any(each.member.state in AT_WORK or each.member.inbox for each in self.opened())

    def all_lost(self) -> str:
        """Why the last coder was lost, when all were and nothing landed; else empty."""
        closed = [each.closed for each in self.assignments.values() if each.closed is not None]
        if not closed or self.opened() or any(each.end != "lost" for each in closed):
            return ""
        return closed[-1].reason

    def settled(self) -> dict[str, bool]:
        """Plan items that are over: True when the work landed."""
        return {
            each.name: each.closed.end == "integrated"
            for each in self.assignments.values()
            if each.closed is not None and each.closed.end != "lost"
        } | {
            each.name: False
            for each in self.assignments.values()
            if each.closed is not None and each.closed.end == "lost" and self.last_try(each)
        }

    def last_try(self, lost: Assignment) -> bool:
        """Whether a brief that was lost now has had all its coders."""
        tries = [each for each in self.assignments.values() if each.name == lost.name]
        return len(tries) >= _ATTEMPTS and tries[-1] is lost

    def apply(self, body: Body) -> None:
        """Take in one event of the planner's."""
        match body:
            case Planned():
                self.plan.apply(body)
            case Delegated():
                item = self.plan.items[body.item or ""]
                member = self.crew.add(body, self.post.inbox(body.delegation))
                self.assignments[body.delegation] = Assignment(item, body, member)
                self.budget.spawn()
            case ProposalAccepted():
                self.assignments[body.delegation].accepted = True
            case Merged():
                self.assignments[body.delegation].merged = body
                self.trunk.recall(body.expected)
                self.trunk.head = body.commit
            case MergeConflicted():
                self.assignments[body.delegation].accepted = False
            case MessageSent():
                self.post.hand_over(self.stream.agent_id, body)
                if body.kind in ("revise", "conflict", "redirect"):
                    self.assignments[body.to].accepted = False
            case LeaseLost():
                self.assignments[body.delegation].lost = body
                self.assignments[body.delegation].member.held = False
            case DelegationClosed():
                self.assignments[body.delegation].closed = body
                self.assignments[body.delegation].member.held = False
            case _:
                pass

    # ---- acts ----

    def do(self, body: B) -> B:
        """Record a decision (or recall it) and take it in."""
        written = self.stream.record(body)
        self.apply(written)
        return written

    def send(self, to: Assignment, kind: MessageKind, text: str, **more: str) -> None:
        """Write to a coder."""
        sender = self.stream.agent_id
        self.do(MessageSent(id=self.post.next_id(sender), to=to.id, kind=kind, text=text, **more))

    async def close(
        self, assignment: Assignment, end: DelegationEnd, reason: str, result: Result | None = None
    ) -> None:
        """End a delegation. Its coder stops, its sandbox goes; its trees stay pinned."""
        own = assignment.member.result or Result(status="failed", summary=assignment.member.fault)
        kept = end == "integrated"

        async def live() -> DelegationClosed:
            commit = assignment.merged.commit if assignment.merged else self.trunk.head
            await asyncio.to_thread(self.trunk.store.pin, f"{assignment.id}/final", commit)
            return DelegationClosed(
                delegation=assignment.id,
                result=result or (own if kept else own.model_copy(update={"commit": None})),
                rolled_back=not kept,
                tree=self.trunk.tree,
                commit=commit,
                end=end,
                reason=reason,
            )

        self.apply(await self.stream.perform(DelegationClosed, live))
        await self.crew.revoke(assignment.member)

    async def advance(self) -> None:
        """Do all that is due: merges in plan order, new beginnings, replacements of the lost."""
        for body in self.stream.recall_while(*_DECISIONS):
            self.apply(body)
        if self.stream.recalling:
            return
        await self.go_live()
        while await decide_next(self):
            pass

    async def let_all_end(self) -> None:
        """Wait for every coder, each for its lease at most without a sign."""
        await self.advance()
        while not self.stream.recalling and self.busy():
            await self.crew.news(1.0)
            await self.advance()

    async def go_live(self) -> None:
        """Set to work the coders that are left at it, and wait until they have caught up."""
        if not self._live:
            self._live = True
            self._pay_for_the_closed()
        self.crew.launch()
        await self.crew.settled()

    def _pay_for_the_closed(self) -> None:
        """On resume: coders whose delegation is over don't run again, but they have spent."""
        for assignment in self.assignments.values():
            if not assignment.member.held:
                for reply in self._streams.open(assignment.id).recalled(ModelReplied):
                    self.budget.spend(reply)

    def accept(self, assignment: Assignment, by: AcceptedBy, reason: str = "") -> None:
        """Let the proposal land when its turn comes."""
        self.do(
            ProposalAccepted(
                delegation=assignment.id,
                proposal=assignment.member.proposals,
                by=by,
                reason=reason,
            )
        )

    async def commit_own(self) -> str:
        """Commit what the planner itself changed on the trunk; the head, if nothing."""
        self.trunk.head = await self.trunk.commit("Work of the planner", self.trailers())
        return self.trunk.head

    def trailers(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        """Trailers of a commit of the planner's."""
        own = {
            "Agentcli-Run": self.stream.run_id,
            "Agentcli-Agent": self.stream.agent_id,
            "Agentcli-Role": "planner",
        }
        return own | dict(more)
