"""What a study knows of a trial when it is over: all that statistics and reports are made from.

A trial is one task by one arm with one seed. Everything here is read from the journal of its run
and from the verdict on its tree, so that a result can be made again from the record.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agentcli.journal.events import DelegationMeasured, EffectMeasured, LedgerEntry

Score = Literal["solved", "failed", "infra"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ledger(_Data):
    """A run's override ledger: every delegation, what became of its work, and with what effect."""

    delegations: tuple[DelegationMeasured, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()
    effects: tuple[EffectMeasured, ...] = ()


class Outcome(_Data):
    """One trial's result.

    `score` is `solved` when the task's verifier passed on the final tree, whatever the agents
    said; `failed` when it did not, also at a limit; `infra` when model, engine or disk failed,
    which says nothing about the arm.
    """

    trial: str = Field(description="the trial's id, the same in every process and on every machine")
    arm: str
    task: str
    seed: int
    run_id: str | None = Field(description="None when it failed before a run began")
    score: Score
    status: str = Field(description="how the run ended, in the words of `agentcli runs`")
    reason: str = Field("", description="one line for people: the limit, the fault")
    attempts: int = Field(1, ge=1, description="how often it was begun; more only for infra")
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = Field(None, description="US dollars; None when a price is unknown")
    seconds: float = Field(0.0, description="wall time of the run, without waiting for a place")
    steps: int = Field(0, description="model calls of all agents")
    agents: int = 0
    ledger: Ledger = Ledger()

    @property
    def tokens(self) -> int:
        """Input and output together, which is what budgets count."""
        return self.input_tokens + self.output_tokens
