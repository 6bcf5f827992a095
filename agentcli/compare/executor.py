"""Where trials are carried out."""

from dataclasses import dataclass
from typing import Protocol

from agentcli.compare.outcome import Outcome
from agentcli.compare.store import Claim
from agentcli.compare.study import Study
from agentcli.compare.trial import can_go_on, carry_out
from agentcli.journal.store import Journal


class Executor(Protocol):
    """Carries out trials side by side.

    Whatever it does, the run's events are in this machine's journal before an outcome is
    returned, and a claim carried out twice gives the outcome of one run.
    """

    @property
    def places(self) -> int:
        """How many it carries out at the same time."""

    def can_go_on(self, claim: Claim) -> bool:
        """Whether the claim's run can be begun or gone on with; else it begins anew."""

    async def carry_out(self, claim: Claim) -> Outcome:
        """The outcome. Never raises for what a trial can meet; cancelled, it keeps everything."""


@dataclass(frozen=True)
class Local:
    """In this process. Runs wait for models and commands most of the time, so many fit in one."""

    study: Study
    journal: Journal
    places: int

    def can_go_on(self, claim: Claim) -> bool:
        return can_go_on(claim, self.journal)

    async def carry_out(self, claim: Claim) -> Outcome:
        return await carry_out(claim, self.study, self.journal)
