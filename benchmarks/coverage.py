"""Whether a report's intervals, tests and detectable gaps keep their word.

python benchmarks/coverage.py [STUDIES]

Studies of simulated arms, whose truth is known, go through the whole report. Printed, as Markdown:
how often each 95 % interval covers the truth, how often arms that are alike are told apart at 5 %,
and how often a true gap of the size that the report calls detectable is found (should be 80 %).
"""

import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from agentcli.compare.report.data import Report  # noqa: E402
from agentcli.compare.report.make import make_report  # noqa: E402
from tests.support.simulated_arms import SimulatedArm, SimulatedStudy  # noqa: E402

_STUDIES = 1_000
_PILOT = 60  # studies to see which gap a report calls detectable
_ROUNDS = 3
_DESIGNS = ((24, 1), (60, 1), (30, 3))  # tasks, seeds


@dataclass(frozen=True)
class Design:
    """A study to be simulated again and again."""

    arms: tuple[SimulatedArm, SimulatedArm]
    tasks: int
    seeds: int

    def report(self, number: int) -> Report:
        """Of the `number`-th such study."""
        study = SimulatedStudy(self.arms, self.tasks, self.seeds, number)
        return make_report("simulated", study.outcomes)

    @property
    def truth(self) -> Mapping[str, float]:
        """What the report's figures should cover."""
        a, b = self.arms
        return {
            "solve rate": a.solves,
            "gap, paired": a.solves - b.solves,
            "tokens, ratio": a.tokens / b.tokens,
            "cost, ratio": a.tokens / b.tokens,
            "time, ratio": a.tokens / b.tokens,
            "overridden": a.overrides or 0.0,
            "overridden, paired": (a.overrides or 0.0) - (b.overrides or 0.0),
            "tokens before interruption, median": a.interrupted_after,
        }


def covered(design: Design, number: int) -> dict[str, bool]:
    """Which of a study's intervals cover the truth."""
    report = design.report(number)
    first, pair = report.arms[0], report.comparisons[0]
    found = {
        "solve rate": first.solved.interval,
        "gap, paired": pair.solved.interval,
        "tokens, ratio": pair.tokens.interval,
        "cost, ratio": pair.cost.interval,
        "time, ratio": pair.seconds.interval,
        "overridden": first.overriding.overridden.interval,
        "overridden, paired": pair.overridden.interval,
        "tokens before interruption, median": first.overriding.curve.median_interval,
    }
    return {name: _covers(found[name], truth) for name, truth in design.truth.items()}


def told_apart(design: Design, number: int) -> bool:
    """Whether the study finds that one arm solves more, at 5 %."""
    p = design.report(number).comparisons[0].solved.p
    return p is not None and p <= 0.05


def detectable(design: Design, number: int) -> float:
    """The gap that the study's report calls detectable."""
    return design.report(number).comparisons[0].detectable or 1.0


def main() -> None:
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else _STUDIES
    with ProcessPoolExecutor(2) as pool:
        lines = [*_coverage(pool, studies), "", *_tests(pool, studies)]
    print("\n".join(lines))


def _coverage(pool: Executor, studies: int) -> Iterator[str]:
    designs = [Design(_apart(), tasks, seeds) for tasks, seeds in _DESIGNS]
    yield f"| 95 % interval, {studies:,} studies each | {_names()} |"
    yield f"| :-- | {' | '.join(['--:'] * len(designs))} |"
    counts = [
        list(pool.map(partial(covered, one), range(studies), chunksize=20)) for one in designs
    ]
    for figure in designs[0].truth:
        shares = [_share(study[figure] for study in one) for one in counts]
        yield f"| {figure} | {' | '.join(shares)} |"


def _tests(pool: Executor, studies: int) -> Iterator[str]:
    yield f"| test of the solve rates, {studies:,} studies each | {_names()} |"
    yield f"| :-- | {' | '.join(['--:'] * len(_DESIGNS))} |"
    found: dict[str, list[str]] = {
        "alike, told apart": [],
        "gap called detectable": [],
        "found": [],
    }
    for tasks, seeds in _DESIGNS:
        alike = Design(_gap(0.0), tasks, seeds)
        found["alike, told apart"].append(
            _share(pool.map(partial(told_apart, alike), range(studies)))
        )
        gap = _fixed_point(pool, tasks, seeds)
        found["gap called detectable"].append(f"{gap * 100:.0f} points")
        there = Design(_gap(gap), tasks, seeds)
        found["found"].append(_share(pool.map(partial(told_apart, there), range(studies))))
    for name, cells in found.items():
        yield f"| {name} | {' | '.join(cells)} |"


def _fixed_point(pool: Executor, tasks: int, seeds: int) -> float:
    """The true gap at which reports call just that gap detectable."""
    gap = 0.3
    for _ in range(_ROUNDS):
        design = Design(_gap(gap), tasks, seeds)
        gap = statistics.median(pool.map(partial(detectable, design), range(_PILOT)))
    return gap


def _apart() -> tuple[SimulatedArm, SimulatedArm]:
    return SimulatedArm("a", 0.7, 40_000, 0.4, 300), SimulatedArm("b", 0.5, 20_000, 0.2, 900)


def _gap(gap: float) -> tuple[SimulatedArm, SimulatedArm]:
    return SimulatedArm("a", 0.5 + gap / 2), SimulatedArm("b", 0.5 - gap / 2)


def _names() -> str:
    return " | ".join(f"{tasks} tasks × {seeds}" for tasks, seeds in _DESIGNS)


def _covers(interval: tuple[float | None, float | None] | None, truth: float) -> bool:
    """An end that is None is as far out as can be."""
    if interval is None:
        return False
    low, high = interval
    return (low is None or low <= truth) and (high is None or truth <= high)


def _share(answers: Iterable[bool]) -> str:
    given = list(answers)
    return f"{sum(given) / len(given):.1%}".replace("%", " %")


if __name__ == "__main__":
    main()
