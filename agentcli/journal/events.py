"""The journal's vocabulary: frozen, typed events. Everything that is shown is a fold over them.

An event's envelope is `run_id, seq, at, agent_id, parent_id`; its body is one of the classes
that `AnyBody` names, told apart by `type`. The same JSON object is a row of the store, a line of
`--output stream-json` and a line of a recording. Times are seconds since the epoch (UTC),
durations are seconds, money is US dollars, sizes are bytes unless a name says otherwise.
"""

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from agentcli.journal.agent_events import (
    AgentEnded,
    AgentStarted,
    Compacted,
    GuardTripped,
    LimitHit,
    ModelReplied,
    ModelRetried,
    Prompted,
    Submitted,
    ToolReturned,
)
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
from agentcli.journal.run_events import (
    SCHEMA_VERSION,
    Applied,
    Landed,
    RunEnded,
    RunResumed,
    RunStarted,
    SandboxOpened,
    Sealed,
    Undone,
    Verified,
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
