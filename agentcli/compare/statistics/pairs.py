"""Two arms' trials beside each other: the same task with the same seed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf

from agentcli.compare.outcome import Outcome

Key = tuple[str, int]  # task, seed


@dataclass(frozen=True)
class Pair:
    """One task with one seed, by both arms."""

    task: str
    a: Outcome
    b: Outcome

    @property
    def infra(self) -> bool:
        """Whether either of them failed for reasons that say nothing about it."""
        return "infra" in (self.a.score, self.b.score)


class Trials:
    """A study's outcomes by arm, task and seed. The last outcome of a trial counts.

    Arms stand in the given order, others after them as they come.
    """

    def __init__(self, outcomes: Iterable[Outcome], order: Sequence[str] = ()) -> None:
        self._order = order
        self._by_arm: dict[str, dict[Key, Outcome]] = defaultdict(dict)
        for outcome in outcomes:
            self._by_arm[outcome.arm][outcome.task, outcome.seed] = outcome

    @property
    def arms(self) -> list[str]:
        """Those that have an outcome."""
        known = [arm for arm in self._order if arm in self._by_arm]
        return known + [arm for arm in self._by_arm if arm not in known]

    def of(self, arm: str) -> list[Outcome]:
        """All of an arm's outcomes."""
        return list(self._by_arm[arm].values())

    def pairs(self, a: str, b: str) -> list[Pair]:
        """What both arms did, in A's order."""
        others = self._by_arm[b]
        return [
            Pair(key[0], mine, others[key])
            for key, mine in self._by_arm[a].items()
            if key in others
        ]


@dataclass(frozen=True)
class Measure:
    """What is compared: arm A's less arm B's in one pair, which is never beyond ±`most`."""

    of: Callable[[Pair], float]
    most: float = inf


def per_protocol(pairs: Iterable[Pair]) -> list[Pair]:
    """Only the pairs that infrastructure left alone."""
    return [pair for pair in pairs if not pair.infra]


def by_task(pairs: Iterable[Pair], of: Callable[[Pair], float]) -> list[Sequence[float]]:
    """What `of` takes from the pairs, gathered by task."""
    gathered: dict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        gathered[pair.task].append(of(pair))
    return list(gathered.values())
