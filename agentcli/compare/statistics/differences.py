"""Whether one arm does more of something than another, over pairs and with tasks as clusters.

The test flips signs: were the arms alike, each task's difference could as well be the other way
round. With one seed for each task and a yes or no to count, that is McNemar's exact test
(McNemar 1947). The interval is a percentile bootstrap over tasks (Efron & Tibshirani 1993), with
one more task put in on each side of the mean, as far off as one pair that differs (the idea of
Bonett & Price 2012, doi:10.1002/sim.4231): without them, few tasks give too narrow an interval,
and pairs that all agree one of no width. docs/statistics.md has the coverage of both.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from agentcli.compare.statistics.data import Difference, Interval
from agentcli.compare.statistics.pairs import Measure, Pair, by_task

_RESAMPLES = 4999
_BATCH = 256  # resamples at a time, so that thousands of tasks fit into memory
_SEED = 20_260_101  # the same data give the same report

Array = NDArray[np.float64]


def difference(pairs: Sequence[Pair], measure: Measure) -> Difference:
    """The mean over tasks of arm A's less arm B's."""
    tasks = by_task(pairs, measure.of)
    every = [value for values in tasks for value in values]
    means = np.array([fmean(values) for values in tasks])
    more_a, more_b = sum(v > 0 for v in every), sum(v < 0 for v in every)
    return Difference(
        tasks=len(tasks),
        pairs=len(every),
        value=float(means.mean()) if len(means) else None,
        interval=_interval(means, one_pair(tasks), measure.most) if len(means) > 1 else None,
        more_a=more_a,
        more_b=more_b,
        p=_p(means, more_a, more_b, len(every) == len(tasks)),
    )


def _solved(pair: Pair) -> float:
    return float(pair.a.score == "solved") - float(pair.b.score == "solved")


SOLVED = Measure(_solved, most=1.0)  # what infrastructure broke was not solved


def one_pair(tasks: Sequence[Sequence[float]]) -> float:
    """How far off a task's mean is by one pair that differs by 1: as 1 / √ of its pairs."""
    return sqrt(len(tasks) / sum(map(len, tasks)))


def _interval(means: Array, unit: float, most: float) -> Interval:
    from scipy.stats import bootstrap

    mean = means.mean()
    found = bootstrap(
        (np.concatenate([means, [mean + unit, mean - unit]]),),
        _mean,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return max(-most, float(found.low)), min(most, float(found.high))


def _p(means: Array, more_a: int, more_b: int, one_seed: bool) -> float | None:
    from scipy.stats import binomtest, monte_carlo_test

    if not more_a + more_b:
        return None
    if one_seed and np.isin(means, (-1.0, 0.0, 1.0)).all():
        return float(binomtest(more_a, more_a + more_b).pvalue)
    rng = np.random.default_rng(_SEED)
    found = monte_carlo_test(
        means,
        lambda size: rng.choice((-1.0, 1.0), size) * means,
        _mean,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
    )
    return float(found.pvalue)


def _mean(values: Array, axis: int) -> Array:
    means: Array = values.mean(axis=axis)
    return means
