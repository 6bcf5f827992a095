"""Views of a run, folded from its events. Whatever a person is shown comes from here."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from agentcli.ids import PERSON
from agentcli.journal.events import (
    AgentEnded,
    AgentStarted,
    Applied,
    Brief,
    Delegated,
    DelegationClosed,
    DelegationRefused,
    Event,
    GuardTripped,
    Landed,
    LimitHit,
    ModelReplied,
    ModelRetried,
    Prompted,
    Restored,
    RunEnded,
    RunResumed,
    RunStarted,
    SandboxOpened,
    Submitted,
    ToolReturned,
    Undone,
    Usage,
    Verified,
)


@dataclass
class Spending:
    """Model calls and what they took. `cost` is a lower bound when `unpriced` calls are in it."""

    steps: int = 0
    usage: Usage = field(default_factory=Usage)
    cost: float = 0.0
    unpriced: int = 0
    model_seconds: float = 0.0

    def add(self, reply: ModelReplied) -> None:
        """Count one reply."""
        self.steps += 1
        self.usage = Usage(
            input=self.usage.input + reply.usage.input,
            output=self.usage.output + reply.usage.output,
            cached=self.usage.cached + reply.usage.cached,
            estimated=self.usage.estimated or reply.usage.estimated,
        )
        self.cost += reply.cost or 0.0
        self.unpriced += reply.cost is None
        self.model_seconds += reply.seconds

    @property
    def cost_text(self) -> str:
        """The cost for people: unknown prices are said, never shown as $0."""
        if self.steps and self.unpriced == self.steps:
            return "price unknown"
        if not self.cost and not self.unpriced:
            return "no cost"
        more = " + unknown" if self.unpriced else ""
        return f"${self.cost:.4f}{more}"


@dataclass
class AgentView:
    """One agent: who it is, what it did, how it ended."""

    id: str
    parent_id: str | None
    role: str = ""
    model: str = ""
    brief: Brief = field(default_factory=lambda: Brief(goal=""))
    status: str = "working"
    reason: str = ""
    spending: Spending = field(default_factory=Spending)
    tool_calls: int = 0
    checkpoints: int = 0
    corrections: int = 0
    refusals: int = 0
    commit: str | None = None
    rolled_back: bool = False
    last_action: str = ""
    children: list[str] = field(default_factory=list)


@dataclass
class RunView:
    """A run as its events tell it, at any moment of its life."""

    run_id: str
    started: RunStarted | None = None
    began: float = 0.0
    last: float = 0.0
    agents: dict[str, AgentView] = field(default_factory=dict)
    spending: Spending = field(default_factory=Spending)
    sandbox: SandboxOpened | None = None
    tree: str = ""
    verified: Verified | None = None
    landed: Landed | None = None
    ended: RunEnded | None = None
    applied: Applied | None = None
    limit: LimitHit | None = None
    retries: int = 0
    resumes: int = 0
    verdict_commit: str | None = None  # what the verdict is of, once a restore came after it
    seconds: float = 0.0  # of work: not between sessions, and not after the end
    _working_at: float | None = None  # the last event of the session at work
    _verified_at: int = 0  # the event's number
    _cut_off: dict[str, str] = field(default_factory=dict)  # agent → its status before the end

    @property
    def status(self) -> str:
        """The recorded end, or `open` when none is recorded (at work, or killed)."""
        return self.ended.status if self.ended else "open"

    def apply(self, event: Event) -> None:
        """Take in the next event. Unknown combinations are ignored, never an error."""
        self.began = self.began or event.at
        self.last = event.at
        body = event.body
        self._clock(event)
        if event.agent_id == PERSON:
            return
        if event.agent_id:
            self._agent_event(self._agent(event), event)
            return
        match body:
            case RunStarted():
                self.started, self.tree = body, body.base_tree
            case RunResumed():
                self.ended = self.limit = None
                for name, status in self._cut_off.items():
                    self.agents[name].status = status
                self._cut_off = {}
                if self._verified_at > body.rewind_to:
                    self.verified = None
                self.resumes += 1
            case SandboxOpened():
                self.sandbox = body
            case Verified():
                self.verified, self._verified_at = body, event.seq
            case Landed():
                self.landed = body
            case Restored():
                self._restore(body)
            case LimitHit():
                self.limit = body
            case RunEnded():
                self.ended = body
                self.stop_agents()
            case Applied():
                self.applied = body
            case Undone():
                self.applied = None
            case ModelRetried():
                self.retries += 1
            case _:
                pass

    def stop_agents(self) -> None:
        """No process is at the run any more: nobody works, nobody waits."""
        for agent in self.agents.values():
            if agent.status in ("working", "waiting"):
                self._cut_off[agent.id] = agent.status
                agent.status = "stopped"

    def _restore(self, body: Restored) -> None:
        self.tree = body.tree
        if self.ended is None:
            return
        verified, started = self.verified, self.started
        if verified is None or verified.tree == body.tree:
            self.verdict_commit = None
        elif self.verdict_commit is None:
            landed = self.ended.commit or (started.base_commit if started else None)
            self.verdict_commit = landed
        now = {"tree": body.tree, "commit": body.commit}
        self.ended = self.ended.model_copy(update=now)

    def _clock(self, event: Event) -> None:
        if isinstance(event.body, RunStarted | RunResumed):
            self._working_at = event.at
        if self._working_at is not None:
            self.seconds += event.at - self._working_at
            self._working_at = None if isinstance(event.body, RunEnded) else event.at

    def _agent(self, event: Event) -> AgentView:
        if event.agent_id not in self.agents:
            self.agents[event.agent_id] = AgentView(event.agent_id, event.parent_id)
            parent = self.agents.get(event.parent_id or "")
            if parent is not None:
                parent.children.append(event.agent_id)
        return self.agents[event.agent_id]

    def _agent_event(self, agent: AgentView, event: Event) -> None:
        body = event.body
        match body:
            case AgentStarted():
                agent.role, agent.model, agent.brief = body.role, body.model, body.brief
                agent.status = "working"
            case ModelReplied():
                agent.spending.add(body)
                self.spending.add(body)
                agent.status = "working"  # also after a limit that a resume raised
            case Prompted(kind="correction"):
                agent.corrections += 1
            case Prompted(tree=str(tree)):
                self.tree = tree
            case ToolReturned():
                agent.tool_calls += 1
                agent.last_action = body.call.name
                if body.checkpoint is not None:
                    agent.checkpoints = body.checkpoint.number
                    self.tree = body.checkpoint.tree
            case Delegated():
                agent.status = "waiting"
            case DelegationClosed():
                agent.status = "working"
                self.tree = body.tree
                child = self.agents.get(body.delegation)
                if child is not None:
                    child.rolled_back = body.rolled_back
            case DelegationRefused():
                agent.refusals += 1
            case Submitted():
                agent.commit = body.commit
            case GuardTripped():
                agent.reason = body.reason
            case LimitHit():
                self.limit = body
                agent.status, agent.reason = "stopped", body.limit
            case AgentEnded():
                agent.status, agent.reason = body.status, body.reason
            case _:
                pass


def fold(run_id: str, events: Iterable[Event]) -> RunView:
    """The run after all of these events."""
    view = RunView(run_id)
    for event in events:
        view.apply(event)
    return view
