"""Studies whose truth is known, through the whole report: the fast part of benchmarks/coverage.py.

The bounds are what 50 studies can tell: some 3 standard errors from what the benchmark measures.
"""

from collections.abc import Iterator

import pytest

from agentcli.compare.report.data import Report
from agentcli.compare.report.make import make_report
from agentcli.compare.statistics.data import Interval
from tests.support.simulated_arms import SimulatedArm, SimulatedStudy

STUDIES, TASKS = 50, 30
ALIKE = (SimulatedArm("a", 0.5, 20_000, 0.3, 300), SimulatedArm("b", 0.5, 20_000, 0.3, 300))
APART = (SimulatedArm("a", 0.8, 40_000, 0.4, 300), SimulatedArm("b", 0.4, 20_000, 0.1, 900))


def reports(arms: tuple[SimulatedArm, ...], seeds: int) -> Iterator[Report]:
    for number in range(STUDIES):
        yield make_report("simulated", SimulatedStudy(arms, TASKS, seeds, number).outcomes)


def covers(interval: Interval | None, truth: float) -> bool:
    return interval is not None and interval[0] <= truth <= interval[1]


@pytest.mark.parametrize("seeds", [1, 2])
def test_intervals_cover_what_is_true_about_19_times_in_20(seeds: int) -> None:
    hits = {"solved": 0, "gap": 0, "tokens": 0, "overridden": 0}
    for report in reports(APART, seeds):
        first, comparison = report.arms[0], report.comparisons[0]
        hits["solved"] += covers(first.solved.interval, 0.8)
        hits["gap"] += covers(comparison.solved.interval, 0.4)
        hits["tokens"] += covers(comparison.tokens.interval, 2.0)
        hits["overridden"] += covers(first.overriding.overridden.interval, 0.4)
    assert {name: hit for name, hit in hits.items() if hit < 0.85 * STUDIES} == {}


@pytest.mark.parametrize("seeds", [1, 2])
def test_arms_that_are_alike_are_seldom_told_apart_and_unlike_ones_mostly_are(seeds: int) -> None:
    def findings(arms: tuple[SimulatedArm, ...]) -> int:
        ps = [report.comparisons[0].solved.p for report in reports(arms, seeds)]
        return sum(p is not None and p <= 0.05 for p in ps)

    assert findings(ALIKE) <= 0.15 * STUDIES
    assert findings(APART) >= 0.8 * STUDIES
