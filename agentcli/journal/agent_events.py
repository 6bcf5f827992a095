"""Events of one agent at work: what it was told, what it said, what came back, how it ended."""

from typing import Literal

from agentcli.journal.data import AgentStatus, Body, Brief, Call, Check, Checkpoint, Usage


class AgentStarted(Body):
    type: Literal["agent_started"] = "agent_started"
    role: str
    model: str
    reply_format: str
    window: int  # tokens of context
    depth: int
    brief: Brief
    base_tree: str


class Prompted(Body):
    """Text given to the model that is neither a reply nor a tool result."""

    type: Literal["prompted"] = "prompted"
    kind: Literal["system", "task", "parts", "correction", "note", "summary"]
    text: str  # `parts`: the task, asked for its parts
    fault: str | None = None  # of a correction: what was wrong with the reply
    files: tuple[str, ...] = ()  # of a task: files whose whole text it shows
    tree: str | None = None  # of a new try: the workspace was put back to this tree


class ModelReplied(Body):
    type: Literal["model_replied"] = "model_replied"
    step: int  # the agent's own count, from 1
    model: str
    text: str
    calls: tuple[Call, ...] = ()  # native tool calls; other formats write them in `text`
    finish_reason: str
    usage: Usage
    cost: float | None  # None: the price is unknown
    seconds: float
    first_token: float | None = None
    attempts: int = 1
    thinking: str = ""
    broken: str | None = None  # a native call that could not be read, as written


class ModelRetried(Body):
    """A call failed in a way that can heal (429, 5xx, time-out, refused connection)."""

    ambient = True
    type: Literal["model_retried"] = "model_retried"
    model: str
    error: str
    wait: float
    next_model: str


class ToolReturned(Body):
    """A tool's result and, in the same event, the checkpoint of what it wrote."""

    type: Literal["tool_returned"] = "tool_returned"
    call: Call
    ok: bool
    output: str  # as the model sees it: clipped
    size: int = 0  # bytes before clipping
    exit_code: int | None = None
    seconds: float = 0.0
    checkpoint: Checkpoint | None = None
    check: Check | None = None  # of `finish`: the done-check that it ran


class Compacted(Body):
    type: Literal["compacted"] = "compacted"
    dropped: int  # messages taken out of the context
    tokens_before: int
    tokens_after: int


class GuardTripped(Body):
    type: Literal["guard_tripped"] = "guard_tripped"
    guard: str
    reason: str
    stopped: bool  # False: the agent was warned


class LimitHit(Body):
    type: Literal["limit_hit"] = "limit_hit"
    limit: str
    value: float
    scope: str


class Submitted(Body):
    """The agent's own last word: its proposal, as a commit."""

    type: Literal["submitted"] = "submitted"
    status: AgentStatus
    summary: str
    tree: str
    commit: str
    check: Check | None = None


class AgentEnded(Body):
    type: Literal["agent_ended"] = "agent_ended"
    status: AgentStatus
    reason: str = ""
