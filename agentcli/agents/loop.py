"""The one loop of all roles: ask the model, do what it asks, look at the result, again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from agentcli.agents.budget import Budget
from agentcli.agents.compaction import COMPACT_AT, compact
from agentcli.agents.conversation import Conversation
from agentcli.agents.guards import Guard, default_guards
from agentcli.agents.inbox import BrokenOff, Inbox
from agentcli.agents.tools.base import Tool, WorkContext
from agentcli.agents.workspace import Workspace
from agentcli.errors import LimitReached
from agentcli.ids import PERSON
from agentcli.journal.events import (
    AgentEnded,
    AgentStarted,
    AgentStatus,
    Brief,
    Call,
    Check,
    Compacted,
    GuardTripped,
    LimitHit,
    MessageDelivered,
    ModelReplied,
    PowerDenied,
    Prompted,
    Result,
    Submitted,
    ToolReturned,
)
from agentcli.journal.stream import Stream
from agentcli.models.base import Model, ModelRequest
from agentcli.models.faults import ContextOverflow
from agentcli.models.formats import Format, MalformedReply
from agentcli.prompting import render

OnText = Callable[[str, str], None]  # agent id, a piece of its streamed reply


@dataclass(frozen=True)
class AgentSpec:
    """Who an agent is. `seed` goes to models that take one."""

    id: str
    role: str
    depth: int
    brief: Brief
    system: str  # the rendered system prompt
    window: int  # tokens of context
    max_output: int = 8192  # tokens of one reply
    corrections: int = 5  # malformed replies in a row before it is given up
    seed: int | None = None


class Approach(Protocol):
    """How an agent is told its task, and told again after a failed try."""

    afresh: bool  # whether a refused finish begins a fresh context

    async def open(self, agent: "Agent") -> Prompted:
        """The task as the model first reads it."""

    async def retry(self, agent: "Agent") -> Prompted:
        """The task for a fresh context after a refused finish."""


class Agent:
    """One agent at work. Make it, `run` it once."""

    def __init__(
        self,
        spec: AgentSpec,
        *,
        model: Model,
        reply_format: Format,
        approach: Approach,
        tools: Mapping[str, Tool],
        budget: Budget,
        stream: Stream,
        workspace: Workspace,
        work_context: WorkContext,
        on_text: OnText | None = None,
        guards: tuple[Guard, ...] | None = None,
        inbox: Inbox | None = None,
        on_reply: "OnReply | None" = None,
    ) -> None:
        self.spec = spec
        self.id = spec.id
        self.brief = spec.brief
        self.budget = budget
        self.stream = stream
        self.workspace = workspace
        self.work_context = work_context
        self.base_tree = workspace.tree
        self.base_commit = workspace.head
        self.conversation = Conversation()
        self.checkpoints = 0
        self.proposals = 0
        self.steps = 0
        self.output_tokens = 0
        self.last_tokens = 0  # of the last model call, input and output
        self.children = 0
        self.objected = False  # a finish was refused before
        self.refused: ToolReturned | None = None  # the last finish that was not taken
        self.news = ""  # what came of the last delegation
        self.good_tree = workspace.tree  # what a new try begins from
        self.asked_for_parts = False
        self.wanted_depth = False  # it asked to delegate where it can't
        self._begin_anew = False  # a finish was refused, or a child came back
        self._model = model
        self._format = reply_format
        self._approach = approach
        self._tools = tools
        self._guards = default_guards() if guards is None else guards
        self._on_text = on_text
        self._inbox = inbox
        self._on_reply = on_reply
        self._malformed = 0
        self._window = spec.window
        self._result: Result | None = None

    async def run(self) -> Result:
        """Work until finished, stopped or out of budget. A limit of the whole run is raised."""
        started = self.stream.record(
            AgentStarted(
                role=self.spec.role,
                model=self._model.name,
                reply_format=self._format.name,
                window=self.spec.window,
                depth=self.spec.depth,
                brief=self.brief,
                base_tree=self.base_tree,
            )
        )
        self._window = started.window  # on resume the recorded one, so that it compacts alike
        return await self._work(self._open)

    async def go_on(self) -> Result:
        """Work again after an end, because a message asks for it (see `inbox`)."""
        self._result = None
        return await self._work(self._hear)

    async def _work(self, begin: Callable[[], Awaitable[None]]) -> Result:
        try:
            await begin()
            while self._result is None:
                await self._step()
        except LimitReached as limit:
            self.stream.record(LimitHit(limit=limit.limit, value=limit.value, scope=limit.scope))
            if limit.scope == "run":
                raise
            self._stop("budget", limit.message)
        result = self._result or Result(status="failed")
        self.stream.record(AgentEnded(status=result.status, reason=result.summary))
        return result

    async def submit(self, status: AgentStatus, summary: str, check: Check | None) -> None:
        """Take what stands as the agent's proposal: a commit, pinned, and the result."""

        async def live() -> Submitted:
            trailers = {
                "Agentcli-Run": self.stream.run_id,
                "Agentcli-Agent": self.id,
                "Agentcli-Role": self.spec.role,
                "Agentcli-Delegation": self.id,
            }
            commit = await self.workspace.commit(summary or self.brief.goal, trailers)
            self.workspace.store.pin(f"{self.id}/proposal/{self.proposals + 1}", commit)
            return Submitted(
                status=status,
                summary=summary,
                tree=self.workspace.tree,
                commit=commit,
                check=check,
            )

        submitted = await self.stream.perform(Submitted, live)
        self.proposals += 1
        self.workspace.head = submitted.commit
        changes = self.workspace.store.changes(self.base_tree, submitted.tree)
        if status != "done" and self.wanted_depth:
            status = "depth"
        self._result = Result(
            status=status, summary=summary, commit=submitted.commit, changes=changes, check=check
        )

    def has_mail(self) -> bool:
        """Whether a message waits to be heard."""
        return bool(self._inbox)

    def changed_paths(self) -> list[str]:
        """Paths that differ from where this agent began."""
        changes = self.workspace.store.changes(self.base_tree, self.workspace.tree)
        return [change.path for change in changes]

    async def _open(self) -> None:
        system = self.stream.record(Prompted(kind="system", text=self.spec.system))
        self.conversation.add_system(system.text)
        task = await self.stream.perform(Prompted, lambda: self._approach.open(self))
        self._hear_task(task)

    async def _step(self) -> None:
        await self._hear()
        if self._result is not None:
            return
        self._check_limits()
        self._compact()
        if self.stream.peek(MessageDelivered) is not None:
            return  # here a person broke off the model's reply, and was heard next
        try:
            reply = await self._reply()
        except BrokenOff:
            return
        try:
            calls = self._format.parse(reply, [tool.spec for tool in self._tools.values()])
        except MalformedReply as malformed:
            self._correct(reply, malformed)
            return
        self._malformed = 0
        self.conversation.add_reply(reply, calls)
        notes: list[str] = []
        going = True
        for call in calls:
            if going:
                going = await self._act(call, notes)
            else:
                self.conversation.add_skipped(call)
        for note in notes:
            self.conversation.add_user(note)
        if self._result is None and self._begin_anew:
            await self._try_afresh()

    async def _hear(self) -> None:
        """Take in what other agents wrote. A stop ends the work where it stands."""
        if self._inbox is None:
            return
        for message in self._inbox.deliver(self.stream, self.output_tokens):
            if message.tree is not None:
                await self._rebase(message, message.tree)
            if message.kind == "interrupt":
                self._stop("partial", f"Stopped by {_named(message.sender)}: {message.text}")
                return
            self.conversation.add_user(render("messages/heard.j2", message=message), keep=True)

    async def _rebase(self, message: MessageDelivered, tree: str) -> None:
        """Go on from a tree that somebody else's work is in, too."""
        await self._go_back(tree)
        if message.base_commit is not None:
            self.workspace.head = self.base_commit = message.base_commit
            self.base_tree = self.workspace.store.tree_of(message.base_commit)
        self.good_tree = tree

    async def _go_back(self, tree: str) -> None:
        if self.stream.recalling:
            self.workspace.recall(tree)
        else:
            await self.workspace.restore(tree)

    async def _reply(self) -> ModelReplied:
        try:
            return await self._ask()
        except ContextOverflow:  # the window is smaller than the model was said to have
            self._window = self.conversation.tokens(self._model.count_tokens) // 2
            self._compact()
            return await self._ask()

    async def _ask(self) -> ModelReplied:
        specs = [tool.spec for tool in self._tools.values()]
        messages, native = self._format.prepare(self.conversation.messages, specs)
        request = ModelRequest(
            messages=messages,
            tools=native,
            step=self.steps + 1,
            max_output_tokens=self._output_room(),
            seed=self.spec.seed,
        )
        on_text = self._on_text

        def show(piece: str) -> None:
            if on_text is not None:
                on_text(self.id, piece)

        async def live() -> ModelReplied:
            call = self._model.reply(request, show)
            return await (call if self._inbox is None else self._inbox.unless_urgent(call))

        reply = await self.stream.perform(ModelReplied, live)
        self.steps += 1
        self.output_tokens += reply.usage.output
        self.last_tokens = reply.usage.total
        self.budget.spend(reply)
        if self._on_reply is not None:
            self._on_reply(self, reply)
        return reply

    def _output_room(self) -> int:
        """Tokens that the reply may take: what the budget has left, and no runaway text."""
        left = self.budget.tokens_left()
        return self.spec.max_output if left is None else max(1, min(left, self.spec.max_output))

    async def _act(self, call: Call, notes: list[str]) -> bool:
        """Do one call. False when the rest of the reply's calls no longer make sense."""
        returned = await self._tools[call.name].handle(call, self)
        self.conversation.add_result(returned)
        if self._result is not None:
            return False
        if call.name == "finish":
            self.objected = self._begin_anew = True
            self.refused, self.news = returned, ""
            if not self._guard(returned, notes) and self._approach.afresh:
                await self._go_back(self.good_tree)  # a last try that failed is not handed over
            return False
        if call.name == "delegate":
            self._begin_anew = True
            self.refused, self.news = None, returned.output
            self.good_tree = self.workspace.tree
        return self._guard(returned, notes)

    async def _try_afresh(self) -> None:
        self._begin_anew = False
        if not self._approach.afresh:
            return
        told = await self.stream.perform(Prompted, lambda: self._approach.retry(self))
        if told.tree is not None:
            self.workspace.recall(told.tree)
            self.good_tree = told.tree
        self.conversation.restart()
        self._hear_task(told)

    def _hear_task(self, task: Prompted) -> None:
        self.conversation.add_user(task.text, keep=True)
        self.asked_for_parts |= task.kind == "parts"
        self._format = self._format.knowing(task.files)

    def _correct(self, reply: ModelReplied, malformed: MalformedReply) -> None:
        self._malformed += 1
        self.wanted_depth |= malformed.tool == "delegate"
        if malformed.tool is not None:
            self.stream.record(
                PowerDenied(tool=malformed.tool, reason="Not among this agent's tools.")
            )
        said = self.stream.record(
            Prompted(kind="correction", text=malformed.correction, fault=malformed.fault)
        )
        self.conversation.add_reply(reply, ())
        self.conversation.add_user(said.text)
        if self._malformed >= self.spec.corrections:
            self._stop("failed", f"{self._malformed} replies in a row could not be used")

    def _guard(self, returned: ToolReturned, notes: list[str]) -> bool:
        for guard in self._guards:
            finding = guard.after(returned)
            if finding is None:
                continue
            self.stream.record(
                GuardTripped(guard=finding.guard, reason=finding.text, stopped=finding.stop)
            )
            if finding.stop:
                self._stop("failed", f"Stopped: {finding.text}.")
                return False
            notes.append(render("coder/stuck.j2", finding=finding.text))
        return True

    def _check_limits(self) -> None:
        hit = self.stream.peek(LimitHit)
        if hit is not None:
            raise LimitReached(hit.limit, hit.value, hit.scope)
        if not self.stream.recalling:  # what was allowed then is not judged again
            self.budget.check_call()

    def _compact(self) -> None:
        recorded = self.stream.peek(Compacted)
        if self.stream.recalling and recorded is None:
            return
        start_at = 0.0 if recorded else COMPACT_AT
        done = compact(self.conversation, self._model.count_tokens, self._window, start_at=start_at)
        if done is None:
            return
        self.stream.record(
            Compacted(
                dropped=done.dropped,
                tokens_before=done.tokens_before,
                tokens_after=done.tokens_after,
            )
        )
        changes = self.workspace.store.changes(self.base_tree, self.workspace.tree)
        text = render("coder/digest.j2", steps=self.conversation.digest[-80:], changes=changes)
        self.conversation.set_summary(self.stream.record(Prompted(kind="summary", text=text)).text)

    def _stop(self, status: AgentStatus, reason: str) -> None:
        self._result = Result(
            status=status,
            summary=reason,
            changes=self.workspace.store.changes(self.base_tree, self.workspace.tree),
        )


def _named(sender: str) -> str:
    return "the person" if sender == PERSON else f"agent {sender}"


OnReply = Callable[[Agent, ModelReplied], None]  # sees each reply before it is acted on
