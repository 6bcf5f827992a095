"""Make a study's report from its outcomes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agentcli.compare.outcome import Outcome
from agentcli.compare.report.data import ArmFacts, ArmReport, Report
from agentcli.compare.statistics.comparison import Comparison, compare_all
from agentcli.compare.statistics.conclusions import conclude
from agentcli.compare.statistics.overriding import overriding
from agentcli.compare.statistics.pairs import Trials
from agentcli.compare.statistics.rates import solve_rate
from agentcli.compare.statistics.ratios import amount
from agentcli.compare.statistics.repeats import repeats
from agentcli.compare.statistics.variance import variance


def make_report(
    study: str,
    outcomes: Iterable[Outcome],
    arms: Sequence[ArmFacts] = (),
    plan: Mapping[str, Any] | None = None,
) -> Report:
    """The report of what is known by now.

    `arms` say what the arms are, and in which order they are shown; `plan` is kept as it is.
    """
    trials = Trials(outcomes, [arm.name for arm in arms])
    facts = {arm.name: arm for arm in arms}
    shown = tuple(_arm(facts.get(n, ArmFacts(name=n)), trials.of(n)) for n in trials.arms)
    comparisons = compare_all(trials)
    every = tuple(outcome for arm in trials.arms for outcome in trials.of(arm))
    return Report(
        study=study,
        plan=dict(plan or {}),
        arms=shown,
        comparisons=comparisons,
        conclusions=tuple(conclude(one) for one in comparisons),
        variance=variance(every),
        alarms=tuple(_alarms(shown, comparisons)),
        outcomes=every,
    )


def _arm(facts: ArmFacts, outcomes: Sequence[Outcome]) -> ArmReport:
    kept = [outcome for outcome in outcomes if outcome.score != "infra"]
    return ArmReport(
        facts=facts,
        trials=len(outcomes),
        infra=len(outcomes) - len(kept),
        solved=solve_rate(outcomes),
        solved_per_protocol=solve_rate(kept),
        tokens=amount(kept, lambda outcome: outcome.tokens),
        cost=amount(kept, lambda outcome: outcome.cost),
        seconds=amount(kept, lambda outcome: outcome.seconds),
        repeats=repeats(outcomes),
        overriding=overriding(kept),
    )


def _alarms(arms: Iterable[ArmReport], comparisons: Iterable[Comparison]) -> Iterator[str]:
    for arm in arms:
        name = arm.facts.name
        if arm.infra:
            yield (
                f"{name}: infrastructure broke {arm.infra} of {arm.trials} trials. They count as "
                "not solved; the study's command tries them again."
            )
        if arm.cost.unknown:
            yield (
                f"{name}: {arm.cost.unknown} of {arm.cost.n} trials have no known price, so its "
                "cost is too low."
            )
    for one in comparisons:
        if one.unpaired:
            yield (
                f"{one.a} and {one.b}: {one.unpaired} trials have no counterpart on record and "
                "are in no comparison."
            )
