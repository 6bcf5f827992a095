"""What several tries of a task tell: could it be done at all, and can one count on it?

pass@k is the chance that at least one of k tries solves the task (unbiased estimator of Chen et
al. 2021, arXiv 2107.03374), pass^k the chance that all k do (Yao et al. 2024, arXiv 2406.12045).
"""

from collections import defaultdict
from collections.abc import Iterable
from math import comb

from agentcli.compare.outcome import Outcome
from agentcli.compare.statistics.data import Figure


class Repeats(Figure):
    """Means over the tasks that were tried `k` times or more."""

    k: int
    tasks: int
    any_of_k: float  # pass@k
    all_of_k: float  # pass^k


def repeats(outcomes: Iterable[Outcome]) -> tuple[Repeats, ...]:
    """For each k that every task was tried. What infrastructure broke counts as not solved."""
    tries: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        tries[outcome.task].append(outcome.score == "solved")
    deepest = min(map(len, tries.values()), default=0)
    return tuple(_at(k, list(tries.values())) for k in range(1, deepest + 1))


def _at(k: int, tasks: list[list[bool]]) -> Repeats:
    def mean(chance: Iterable[float]) -> float:
        return sum(chance) / len(tasks)

    return Repeats(
        k=k,
        tasks=len(tasks),
        any_of_k=mean(1 - comb(len(t) - sum(t), k) / comb(len(t), k) for t in tasks),
        all_of_k=mean(comb(sum(t), k) / comb(len(t), k) for t in tasks),
    )
