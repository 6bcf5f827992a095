"""The state of a swarm, and what happens in it without the planner's asking.

Everything here is folded from events of the planner's own stream, live and on resume alike.
Decisions that depend on the coders' progress (merge this now, begin that, give this one up) are
made in `advance`, which the planner's tools call, so that one stream holds them in order.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from agentcli.agents.budget import Budget
from agentcli.agents.inbox import Post
from agentcli.agents.workspace import Workspace
from agentcli.delegation.crew import Crew, Member
from agentcli.delegation.plan import Plan
from agentcli.delegation.policy import Policy
from agentcli.ids import child_agent_id
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
    PlanItem,
    Planned,
    ProposalAccepted,
    Result,
)
from agentcli.journal.stream import Stream, Streams
from agentcli.prompting import render
from agentcli.workspace.merge import merge

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
AT_WORK = ("waiting", "working")
_ATTEMPTS = 3  # coders that one brief is given to when they are lost


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
        self.overriding: list[str] = []  # delegations that the planner's next commit overrides
        self._stream = stream
        self._streams = streams
        self._budget = budget
        self._room = room
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
            if each.closed is not None and each.closed.end == "lost" and self._last_try(each)
        }

    def _last_try(self, lost: Assignment) -> bool:
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
                self._budget.spawn()
            case ProposalAccepted():
                self.assignments[body.delegation].accepted = True
            case Merged():
                self.assignments[body.delegation].merged = body
                self.trunk.recall(body.expected)
                self.trunk.head = body.commit
            case MergeConflicted():
                self.assignments[body.delegation].accepted = False
            case MessageSent():
                self.post.hand_over(self._stream.agent_id, body)
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
        written = self._stream.record(body)
        self.apply(written)
        return written

    def send(self, to: Assignment, kind: MessageKind, text: str, **more: str) -> None:
        """Write to a coder."""
        sender = self._stream.agent_id
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

        self.apply(await self._stream.perform(DelegationClosed, live))
        await self.crew.revoke(assignment.member)

    async def advance(self) -> None:
        """Do all that is due: merges in plan order, new beginnings, replacements of the lost."""
        for body in self._stream.recall_while(*_DECISIONS):
            self.apply(body)
        if self._stream.recalling:
            return
        await self.go_live()
        while await self._next():
            pass

    async def let_all_end(self) -> None:
        """Wait for every coder, each for its lease at most without a sign."""
        await self.advance()
        while not self._stream.recalling and self.busy():
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
                    self._budget.spend(reply)

    async def _next(self) -> bool:
        """One decision, if one is due."""
        return (
            await self._replace_the_lost()
            or await self._close_the_failed()
            or self._accept_by_policy()
            or await self._merge_in_turn()
            or await self._begin_ready()
        )

    async def _replace_the_lost(self) -> bool:
        for each in self.opened():
            member = each.member
            if each.lost is None:
                silent = member in self.crew.silent()
                if member.state != "dead" and not silent:
                    continue
                why = member.fault or f"no sign for {self.crew.lease:g} s"
                tree = member.workspace.tree if member.workspace else each.begun.base_tree
                self.do(LeaseLost(delegation=each.id, reason=why, tree=tree))
            before = member.proposals
            await self.crew.revoke(member)
            if member.agent is not None and member.agent.proposals > before:
                late = member.agent.workspace.head  # it submitted while it was being stopped
                self.do(LateAnswerRefused(delegation=each.id, commit=late))
            await self.close(each, "lost", each.lost.reason if each.lost else "")
            if not self._last_try(each):
                await self._begin(each.item, replaces=each)
            return True
        return False

    async def _close_the_failed(self) -> bool:
        for each in self.opened():
            if each.member.state == "failed" and not each.member.inbox:
                await self.close(each, "rolled_back", "")
                return True
        return False

    def _accept_by_policy(self) -> bool:
        """Where the planner has no power to discard, a proposal lands without being asked for."""
        if self.policy.allows("discard"):
            return False
        for each in self.opened():
            if each.undecided:
                self.accept(each, "policy")
                return True
        return False

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

    async def _merge_in_turn(self) -> bool:
        """The next proposal in plan order, once all before it are settled."""
        settled = self.settled()
        blocked = {item.name for item in self.plan.blocked(settled)}
        for name in self.plan.items:
            if name in settled or name in blocked:
                continue
            assignment = self.current(name)
            if assignment is None or not assignment.accepted:
                return False
            if assignment.merged is None:
                await self._merge(assignment)
            if assignment.merged is not None:
                await self.close(assignment, "integrated", "")
            return True
        return False

    async def _merge(self, assignment: Assignment) -> None:
        result = assignment.member.result
        assert result is not None and result.commit is not None
        store, number = self.trunk.store, assignment.member.proposals
        head = await self.commit_own()
        merged = await asyncio.to_thread(merge, store, head, result.commit)
        store.pin(f"{assignment.id}/expected/{number}", merged.tree)
        if merged.conflicts:
            self.do(
                MergeConflicted(
                    delegation=assignment.id,
                    proposal=number,
                    before=self.trunk.tree,
                    expected=merged.tree,
                    paths=merged.conflicts,
                )
            )
            text = render("messages/conflict.j2", paths=merged.conflicts)
            self.send(assignment, "conflict", text, tree=merged.tree, base_commit=head)
            return
        commit = await asyncio.to_thread(
            store.commit,
            merged.tree,
            [head, result.commit],
            f"Merge {assignment.name}: {result.summary or assignment.item.brief.goal}",
            self.trailers({"Agentcli-Delegation": assignment.id}),
        )
        before = self.trunk.tree
        await self.trunk.restore(merged.tree)
        self.do(
            Merged(
                delegation=assignment.id,
                proposal=number,
                proposed=store.tree_of(result.commit),
                before=before,
                expected=merged.tree,
                commit=commit,
            )
        )

    async def commit_own(self) -> str:
        """Commit what the planner itself changed on the trunk; the head, if nothing."""
        more = {"Agentcli-Overrides": ", ".join(self.overriding)} if self.overriding else {}
        self.trunk.head = await self.trunk.commit("Work of the planner", self.trailers(more))
        self.overriding.clear()
        return self.trunk.head

    def trailers(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        """Trailers of a commit of the planner's."""
        own = {
            "Agentcli-Run": self._stream.run_id,
            "Agentcli-Agent": self._stream.agent_id,
            "Agentcli-Role": "planner",
        }
        return own | dict(more)

    async def _begin_ready(self) -> bool:
        at_work = [e for e in self.opened() if e.member.state in AT_WORK]
        room = 1 if self.policy.one_writer else self._room
        if len(at_work) >= room or (self.policy.one_writer and self.opened()):
            return False
        begun = {each.name for each in self.opened()}
        for item in self.plan.ready(self.settled()):
            if item.name not in begun and self._budget.frames_left():
                await self._begin(item)
                return True
        return False

    async def _begin(self, item: PlanItem, replaces: Assignment | None = None) -> None:
        delegation = child_agent_id(self._stream.agent_id, len(self.assignments) + 1)
        if replaces is None:
            tree, commit, start = self.trunk.tree, await self.commit_own(), None
        else:
            lost = replaces.lost
            tree, commit = replaces.begun.base_tree, replaces.begun.base_commit
            start = lost.tree if lost is not None else None
        await asyncio.to_thread(self.trunk.store.pin, f"{delegation}/base", commit)
        self.do(
            Delegated(
                delegation=delegation,
                brief=item.brief.model_copy(update={"max_tokens": self._share(item)}),
                base_tree=tree,
                base_commit=commit,
                item=item.name,
                start_tree=start,
                replaces=replaces.id if replaces else None,
                model=item.model,
            )
        )
        self.crew.launch()

    def _share(self, item: PlanItem) -> int | None:
        """Tokens for one coder: a share of what is left; one more share stays with the planner."""
        if item.brief.max_tokens is not None:
            return item.brief.max_tokens
        left = self._budget.tokens_left()
        to_do = len(self.plan.items) - len(self.settled())
        return None if left is None else max(1, left // (max(1, to_do) + 1))
