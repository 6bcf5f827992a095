"""The journal's vocabulary: frozen, typed events. Everything that is shown is a fold over them.

An event's envelope is `run_id, seq, at, agent_id, parent_id`; its body is one of the classes
below, told apart by `type`. The same JSON object is a row of the store, a line of
`--output stream-json` and a line of a recording. Times are seconds since the epoch (UTC),
durations are seconds, money is US dollars, sizes are bytes unless a name says otherwise.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from agentcli.journal.data import (
    AgentStatus,
    Body,
    Brief,
    Call,
    Check,
    Checkpoint,
    FileChange,
    Frozen,
    Result,
    RunStatus,
    Usage,
)
from agentcli.journal.delegation_events import (
    Delegated,
    DelegationClosed,
    DelegationRefused,
    GateDecided,
    LateAnswerRefused,
    LeaseLost,
    MergeConflicted,
    Merged,
    MessageDelivered,
    MessageSent,
    PlanItem,
    Planned,
    PowerDenied,
    ProposalAccepted,
    RoleTaken,
)
from agentcli.journal.ledger_events import (
    DelegationMeasured,
    EffectMeasured,
    Fractions,
    InterruptionFound,
    LedgerEntry,
    LedgerFailed,
    LotteryOutcome,
    Restored,
    UnitsWritten,
)

__all__ = [
    "SCHEMA_VERSION",
    "AgentEnded",
    "AgentStarted",
    "AgentStatus",
    "AnyBody",
    "Applied",
    "Body",
    "Brief",
    "Call",
    "Check",
    "Checkpoint",
    "Compacted",
    "Delegated",
    "DelegationClosed",
    "DelegationMeasured",
    "DelegationRefused",
    "EffectMeasured",
    "Event",
    "FileChange",
    "Fractions",
    "Frozen",
    "GateDecided",
    "GuardTripped",
    "InterruptionFound",
    "Landed",
    "LateAnswerRefused",
    "LeaseLost",
    "LedgerEntry",
    "LedgerFailed",
    "LimitHit",
    "LotteryOutcome",
    "MergeConflicted",
    "Merged",
    "MessageDelivered",
    "MessageSent",
    "ModelReplied",
    "ModelRetried",
    "PlanItem",
    "Planned",
    "PowerDenied",
    "Prompted",
    "ProposalAccepted",
    "Restored",
    "Result",
    "RoleTaken",
    "RunEnded",
    "RunResumed",
    "RunStarted",
    "RunStatus",
    "SandboxOpened",
    "Sealed",
    "Submitted",
    "ToolReturned",
    "Undone",
    "UnitsWritten",
    "Usage",
    "Verified",
    "body_adapter",
]

SCHEMA_VERSION = 1

# ---- the run ------------------------------------------------------------------------------


class Sealed(Frozen):
    """How a run is judged beyond what its agents may know: `tree` is the base with the hidden
    files (pinned in the run's repository), `check` the command that agents may decide by."""

    tree: str | None
    check: str | None


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
    fork_of: str | None = None
    sealed: Sealed | None = None

    @property
    def agents_check(self) -> str | None:
        """The command that agents may decide by: the run's test, unless that is sealed."""
        return self.test if self.sealed is None else self.sealed.check


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

    `changed_tests` are test files of the base that the agents changed or removed, and protected
    files that they touched; `pristine` is the verdict with the tests put back, when there are any
    (protected files are as in the base in both).
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
    | Planned
    | ProposalAccepted
    | Merged
    | MergeConflicted
    | MessageSent
    | MessageDelivered
    | PowerDenied
    | RoleTaken
    | GateDecided
    | LeaseLost
    | LateAnswerRefused
    | InterruptionFound
    | LedgerEntry
    | LedgerFailed
    | LotteryOutcome
    | EffectMeasured
    | DelegationMeasured
    | UnitsWritten
    | Restored
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
