"""The journal's vocabulary: frozen, typed events. Everything that is shown is a fold over them.

An event's envelope is `run_id, seq, at, agent_id, parent_id`; its body is one of the classes
below, told apart by `type`. The same JSON object is a row of the store, a line of
`--output stream-json` and a line of a recording. Times are seconds since the epoch (UTC),
durations are seconds, money is US dollars, sizes are bytes unless a name says otherwise.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

SCHEMA_VERSION = 1

AgentStatus = Literal["done", "failed", "partial", "budget", "depth"]
RunStatus = Literal[
    "verified", "finished", "not_verified", "failed", "limit", "infra", "interrupted"
]


class Frozen(BaseModel):
    """Data that never changes once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Body(Frozen):
    """Base of all event bodies.

    `ambient` events tell what happened around the agents (an engine started, a call was
    retried). They are for people and statistics; recall (see stream.py) passes over them.
    """

    ambient: ClassVar[bool] = False


# ---- data inside events -------------------------------------------------------------------


class Usage(Frozen):
    """Tokens of one model call, as the provider counted them. `cached` is part of `input`."""

    input: int = 0
    output: int = 0
    cached: int = 0
    estimated: bool = False  # the provider sent no count

    @property
    def total(self) -> int:
        return self.input + self.output


class Call(Frozen):
    """A tool call as the model asked for it; `arguments` is what its JSON held."""

    id: str
    name: str
    arguments: dict[str, Any]


class FileChange(Frozen):
    """One path between two trees. `added`/`removed` are lines, None for binary files."""

    path: str
    status: Literal["A", "M", "D", "T"]
    added: int | None
    removed: int | None


class Checkpoint(Frozen):
    """The tree after a write: the `number`-th of its agent, changed from the tree before it."""

    number: int
    tree: str
    changes: tuple[FileChange, ...] = ()


class Check(Frozen):
    """The outcome of a done-check or verifier command. `output` is clipped."""

    command: str
    exit_code: int | None  # None: it was killed by its time-out
    passed: bool
    output: str = ""
    seconds: float = 0.0


class Brief(Frozen):
    """All that a child agent is told. `paths` is its scope; empty means the whole repository."""

    goal: str
    facts: str = ""
    paths: tuple[str, ...] = ()
    check: str | None = None
    max_tokens: int | None = None


class Result(Frozen):
    """What a delegation returns: typed, never prose alone. `commit` is None when rolled back."""

    status: AgentStatus
    summary: str = ""
    commit: str | None = None
    changes: tuple[FileChange, ...] = ()
    check: Check | None = None


# ---- the run ------------------------------------------------------------------------------


class RunStarted(Body):
    type: Literal["run_started"] = "run_started"
    schema_version: int = SCHEMA_VERSION
    version: str
    task: str
    repo: str
    head: str | None  # the person's HEAD commit; None when unborn
    branch: str | None  # None when detached
    base_commit: str  # the snapshot: HEAD + uncommitted + untracked work
    base_tree: str
    mode: str
    models: dict[str, str]  # role → model
    test: str | None
    settings: dict[str, Any]
    seed: int
    replay_of: str | None = None


class RunResumed(Body):
    """Events after `rewind_to` and before this one are superseded (a limit's unwinding)."""

    ambient = True
    type: Literal["run_resumed"] = "run_resumed"
    rewind_to: int
    settings: dict[str, Any]


class SandboxOpened(Body):
    ambient = True
    type: Literal["sandbox_opened"] = "sandbox_opened"
    backend: str
    isolation: str  # one line for people: what protects them, what doesn't
    image: str | None
    tree: str
    seconds: float


class Verified(Body):
    """The verifier's verdict on a tree, in a fresh sandbox.

    `changed_tests` are test files of the base that the agents changed or removed;
    `pristine` is the verdict with those put back, when there are any.
    """

    type: Literal["verified"] = "verified"
    tree: str
    check: Check
    changed_tests: tuple[str, ...] = ()
    pristine: Check | None = None


class Landed(Body):
    type: Literal["landed"] = "landed"
    commit: str
    branch: str
    changes: tuple[FileChange, ...]


class RunEnded(Body):
    ambient = True
    type: Literal["run_ended"] = "run_ended"
    status: RunStatus
    reason: str
    exit_code: int
    commit: str | None = None
    tree: str | None = None


class Applied(Body):
    """The person took the result into the working tree; `backup` is the tree to undo to."""

    ambient = True
    type: Literal["applied"] = "applied"
    commit: str
    backup: str
    changes: tuple[FileChange, ...]


class Undone(Body):
    ambient = True
    type: Literal["undone"] = "undone"
    backup: str


# ---- agents -------------------------------------------------------------------------------


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
    kind: Literal["system", "task", "correction", "note", "summary"]
    text: str
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


class Delegated(Body):
    type: Literal["delegated"] = "delegated"
    delegation: str
    brief: Brief
    base_tree: str
    base_commit: str  # the parent's own work up to here, so that the child's diff is its own


class DelegationRefused(Body):
    type: Literal["delegation_refused"] = "delegation_refused"
    goal: str
    reason: str


class DelegationClosed(Body):
    """`tree` stands in the workspace from here on; the base tree again after a rollback."""

    type: Literal["delegation_closed"] = "delegation_closed"
    delegation: str
    result: Result
    rolled_back: bool
    tree: str
    commit: str


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


AnyBody = Annotated[
    RunStarted
    | RunResumed
    | SandboxOpened
    | Verified
    | Landed
    | RunEnded
    | Applied
    | Undone
    | AgentStarted
    | Prompted
    | ModelReplied
    | ModelRetried
    | ToolReturned
    | Delegated
    | DelegationRefused
    | DelegationClosed
    | Compacted
    | GuardTripped
    | LimitHit
    | Submitted
    | AgentEnded,
    Field(discriminator="type"),
]

body_adapter: TypeAdapter[AnyBody] = TypeAdapter(AnyBody)


class Event(Frozen):
    """A body in its envelope. `seq` counts from 1 without gaps within a run."""

    run_id: str
    seq: int
    at: float
    agent_id: str
    parent_id: str | None
    body: AnyBody

    def to_json(self) -> str:
        """One line of JSON, the body's fields beside the envelope's."""
        return _line_adapter.dump_json(
            {
                "run_id": self.run_id,
                "seq": self.seq,
                "at": self.at,
                "agent_id": self.agent_id,
                "parent_id": self.parent_id,
                **self.body.model_dump(mode="json"),
            }
        ).decode()

    @staticmethod
    def from_json(line: str) -> "Event":
        """The inverse of `to_json`. Raises pydantic.ValidationError for anything else."""
        fields = _line_adapter.validate_json(line)
        envelope = {k: fields.pop(k, None) for k in _ENVELOPE}
        return Event.model_validate({**envelope, "body": fields})


_ENVELOPE = ("run_id", "seq", "at", "agent_id", "parent_id")
_line_adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
