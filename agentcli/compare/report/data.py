"""The report as data. Whatever a reader is shown is in here, whichever way it is rendered."""

from typing import Any

from agentcli.compare.outcome import Outcome
from agentcli.compare.statistics.comparison import Comparison
from agentcli.compare.statistics.conclusions import Conclusion
from agentcli.compare.statistics.data import Amount, Figure, Rate
from agentcli.compare.statistics.overriding import Overriding
from agentcli.compare.statistics.repeats import Repeats
from agentcli.compare.statistics.variance import Variance


class ArmFacts(Figure):
    """What an arm is, in words. `policy` is empty where nobody plans for others."""

    name: str
    mode: str = ""
    policy: str = ""
    model: str = ""


class ArmReport(Figure):
    """One arm's figures."""

    facts: ArmFacts
    trials: int
    infra: int  # of them, broken by infrastructure
    solved: Rate  # intention to treat: those count as not solved
    solved_per_protocol: Rate  # without them
    tokens: Amount
    cost: Amount
    seconds: Amount
    repeats: tuple[Repeats, ...]
    overriding: Overriding


class Report(Figure):
    """A study's results. `conclusions` stand in the order of `comparisons`."""

    study: str
    plan: dict[str, Any]  # as the study recorded it: versions, prompts' hashes, seeds, budgets
    arms: tuple[ArmReport, ...]
    comparisons: tuple[Comparison, ...]
    conclusions: tuple[Conclusion, ...]
    variance: Variance | None
    alarms: tuple[str, ...]  # what a reader must know before the figures
    outcomes: tuple[Outcome, ...]

    @property
    def delegates(self) -> bool:
        """Whether any agent worked for another one."""
        return any(arm.overriding.delegations for arm in self.arms)
