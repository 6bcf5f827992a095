"""Fold a run's events into records: what each delegating agent's line of work went through.

A line of work is what stands in one agent's workspace: its own writes, and what came in from the
children whose work it kept. In a swarm that is the trunk; in recursive mode each frame that
delegates has one. The same fold serves all modes, since all write the same events.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from agentcli.agents.clip import one_line
from agentcli.delegation.ledger.lines import BY_PARENT, Child, Line
from agentcli.delegation.ledger.records import (
    Cause,
    Delivery,
    End,
    Mark,
    Record,
    Step,
)
from agentcli.delegation.policy import Oversight, oversight_of
from agentcli.journal.events import (
    AgentEnded,
    AgentStarted,
    Call,
    Delegated,
    DelegationClosed,
    Event,
    GateDecided,
    Merged,
    MessageDelivered,
    ModelReplied,
    Prompted,
    RunStarted,
    Submitted,
    ToolReturned,
)
from agentcli.journal.stream import effective
from agentcli.models.formats.fences import prose

TreeOf = Callable[[str], str]  # the tree of a commit

_REASON = 300  # characters of a stated reason that are kept


def capture(events: Iterable[Event], tree_of: TreeOf) -> tuple[Record, ...]:
    """One record for each agent that delegated, in the order of their first delegations.

    Of a relay, where nobody stands above, there is one for each turn (see `_Fold.turns`).
    What a resumed run superseded is left out, so that it gives what an undisturbed one gives.
    """
    fold = _Fold(tree_of)
    for event in effective(events):
        fold.take(event)
    parents = dict.fromkeys(child.parent for child in fold.children.values())
    records = [fold.record(parent) for parent in parents]
    if fold.relay:
        return tuple(turn for record in records for turn in fold.turns(record))
    return tuple(records)


class _Fold:
    """All lines and children of one run, fed with its events in order."""

    def __init__(self, tree_of: TreeOf) -> None:
        self.children: dict[str, Child] = {}
        self._tree_of = tree_of
        self._lines: dict[str, Line] = {}
        self.relay = False
        self._base = ""
        self._tokens = 0  # of the whole run
        self._calls: list[tuple[int, str]] = []  # of models, and whose
        self._oversight: Oversight = "step"

    def record(self, parent: str) -> Record:
        line = self._line(parent)
        works = tuple(
            child.work(self._line(name).output)
            for name, child in self.children.items()
            if child.parent == parent
        )
        return Record(line.base, works, tuple(line.steps))

    def turns(self, record: Record) -> Iterator[Record]:
        """One record for each turn of a relay, in which its successors are what a parent is
        elsewhere: their work comes after it and may overrule it."""
        for work in record.works:
            later = {other.child for other in record.works if other.began > work.began}
            calls = tuple(seq for seq, agent in self._calls if agent in later)
            trunk = tuple(
                self._of_successor(step) if step.delegation in later else step
                for step in record.trunk
                if step.seq >= work.began
            )
            yield Record(work.base, (replace(work, opportunities=calls),), trunk)

    def _of_successor(self, step: Step) -> Step:
        agent = step.delegation or step.agent
        return replace(
            step,
            cause="parent",
            agent=agent,
            delegation=None,
            expected=None,
            agent_step=self._line(agent).calls,
            reason=one_line(self.children[agent].summary, _REASON),
        )

    def take(self, event: Event) -> None:
        agent, body = event.agent_id, event.body
        match body:
            case RunStarted():
                self._oversight = oversight_of(body)
                self._base, self.relay = body.base_tree, body.mode == "relay"
            case AgentStarted():
                self._begin(agent, body.base_tree)
            case ModelReplied():
                self._replied(event.seq, agent, body)
            case Prompted(tree=str(tree)):
                self._wrote(event.seq, agent, tree, "put back after a try that failed")
            case ToolReturned(checkpoint=checkpoint) if checkpoint is not None:
                self._wrote(event.seq, agent, checkpoint.tree, self._reason(agent, body.call))
            case GateDecided(allowed=True):
                self._line(agent).stated = body.stated
            case Submitted():
                self._submitted(event.seq, agent, body)
            case AgentEnded():
                self._line(agent).active = False
            case MessageDelivered():
                self._heard(event.seq, agent, body)
            case Delegated():
                child = Child(body, agent, event.seq, body.base_tree)
                self.children[body.delegation] = child
            case Merged():
                self._merged(event.seq, agent, body)
            case DelegationClosed():
                self._closed(event.seq, agent, body)
            case _:
                pass

    def _line(self, agent: str) -> Line:
        return self._lines.setdefault(agent, Line(self._base, self._base))

    def _begin(self, agent: str, base: str) -> None:
        self._lines.setdefault(agent, Line(base, base)).active = True

    def _replied(self, seq: int, agent: str, body: ModelReplied) -> None:
        line = self._line(agent)
        line.calls += 1
        line.output += body.usage.output
        line.saying, line.stated, line.active = prose(body.text), "", True
        self._tokens += body.usage.total
        self._calls.append((seq, agent))
        for child in self.children.values():
            if child.parent == agent and child.is_seen(self._oversight):
                child.opportunities.append(seq)
                child.news = False

    def _wrote(self, seq: int, agent: str, tree: str, reason: str) -> None:
        if tree == self._line(agent).tree:
            return
        self._move(seq, agent, tree, "parent", reason=reason)
        self._mark(seq, agent, tree)

    def _mark(self, seq: int, agent: str, tree: str) -> None:
        child, line = self.children.get(agent), self._line(agent)
        if child is not None:
            child.add(child.checkpoints, Mark(seq, tree, line.output, line.calls))

    def _submitted(self, seq: int, agent: str, body: Submitted) -> None:
        child, line = self.children.get(agent), self._line(agent)
        line.active = False
        if child is not None:
            child.add(child.proposals, Mark(seq, body.tree, line.output, line.calls))

    def _heard(self, seq: int, agent: str, body: MessageDelivered) -> None:
        child, line = self.children.get(agent), self._line(agent)
        if body.tree is not None:
            self._move(seq, agent, body.tree, "merge")
        if child is None:
            return
        if body.base_commit is not None:
            child.rebased = self._tree_of(body.base_commit)
        if body.sender != child.parent or body.kind == "question":
            return
        child.deliveries.append(
            Delivery(
                seq=seq,
                kind="interrupt" if body.kind == "redirect" else body.kind,
                text=body.text,
                output_tokens=body.output_tokens,
                step=line.calls,
                redirects=body.kind == "redirect",
            )
        )
        line.active = body.kind != "interrupt"

    def _merged(self, seq: int, agent: str, body: Merged) -> None:
        self._move(seq, agent, body.before, "unknown")
        after = self._tree_of(body.commit)
        self._came_in(seq, agent, body.delegation, after, body.expected)

    def _came_in(self, seq: int, agent: str, delegation: str, after: str, expected: str) -> None:
        step = self._step(seq, agent, after, "merge")
        steps = self._line(agent).steps
        steps.append(replace(step, delegation=delegation, expected=expected))
        if step.before != after:
            self._mark(seq, agent, after)

    def _closed(self, seq: int, agent: str, body: DelegationClosed) -> None:
        child = self.children[body.delegation]
        end: End = body.end or ("rolled_back" if body.rolled_back else "integrated")
        self._stopped(seq, body, child, end)
        child.closed, child.end, child.reason, child.final = seq, end, body.reason, body.tree
        child.summary = body.result.summary
        came_in = any(
            step.delegation == body.delegation and step.cause == "merge"
            for step in self._line(agent).steps
        )
        if end == "integrated" and not came_in:  # the child worked in its parent's own workspace
            proposed = child.proposals[-1].tree if child.proposals else body.tree
            self._came_in(seq, agent, body.delegation, body.tree, proposed)
        else:
            self._move(seq, agent, body.tree, "rollback" if body.rolled_back else "unknown")

    def _stopped(self, seq: int, body: DelegationClosed, child: Child, end: End) -> None:
        """To close a delegation whose child is at work is to stop it, also without a word to it."""
        line = self._lines.get(body.delegation)
        if end in BY_PARENT and line is not None and line.active:
            child.deliveries.append(
                Delivery(seq, "interrupt", body.reason, line.output, line.calls)
            )

    def _move(self, seq: int, agent: str, tree: str, cause: Cause, reason: str = "") -> None:
        line = self._line(agent)
        if tree != line.tree:
            line.steps.append(replace(self._step(seq, agent, tree, cause), reason=reason))

    def _step(self, seq: int, agent: str, after: str, cause: Cause) -> Step:
        line = self._line(agent)
        before, line.tree = line.tree, after
        return Step(
            seq=seq,
            before=before,
            after=after,
            cause=cause,
            agent=agent,
            agent_step=line.calls,
            tokens=self._tokens,
        )

    def _reason(self, agent: str, call: Call) -> str:
        """Why the agent did it, in its words: at the gate, in the call, or beside it."""
        line = self._line(agent)
        stated, line.stated = line.stated, ""
        given = call.arguments.get("reason")
        return one_line(stated or (given if isinstance(given, str) else "") or line.saying, _REASON)
