"""The smallest gap between two arms that a study of this size would find 4 times in 5.

For one seed of each task it is exact: the power of McNemar's exact test, summed over how many
pairs may differ (as Miettinen 1968). For several seeds it is that of the paired t-test over the
tasks' means. A gap of 1.0 is 100 points.
"""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from agentcli.compare.statistics.differences import one_pair
from agentcli.compare.statistics.pairs import Measure, Pair, by_task

_ALPHA, _POWER = 0.05, 0.8


def detectable(pairs: Sequence[Pair], measure: Measure) -> float | None:
    """For the pairs at hand, as unlike as they are; None where even 100 points would be missed.

    How much pairs differ is estimated with one more difference each way, as for intervals.
    """
    tasks = by_task(pairs, measure.of)
    if not tasks:
        return None
    if len(tasks) == len(pairs):
        differ = sum(any(values) for values in tasks)
        return mcnemar_detectable(len(pairs), (differ + 2) / (len(pairs) + 2))
    return _t_test_detectable([fmean(values) for values in tasks], one_pair(tasks))


def mcnemar_detectable(pairs: int, differing: float = 0.3) -> float | None:
    """For so many pairs when that share of them differs; before a study, 0.3 is a fair guess."""
    from scipy.optimize import brentq

    if mcnemar_power(pairs, 1.0, differing) < _POWER:
        return None
    return float(brentq(lambda gap: mcnemar_power(pairs, gap, differing) - _POWER, 1e-6, 1.0))


def mcnemar_power(pairs: int, gap: float, differing: float) -> float:
    """How often the exact test finds a true gap at 5 %. At least `gap` of the pairs differ."""
    from scipy.stats import binom

    differing = max(gap, differing)
    found = np.arange(pairs + 1)  # how many pairs may turn out to differ
    # The largest minority among them that is still a finding.
    least = binom.ppf(_ALPHA / 2, found, 0.5)
    least = np.where(binom.cdf(least, found, 0.5) > _ALPHA / 2, least - 1, least)
    better = (1 + gap / differing) / 2
    finds = binom.cdf(least, found, 1 - better) + binom.cdf(least, found, better)
    return float(np.sum(binom.pmf(found, pairs, differing) * finds))


def _t_test_detectable(means: Sequence[float], unit: float) -> float | None:
    from statsmodels.stats.power import TTestPower

    if len(means) < 2:
        return None
    mean = fmean(means)
    spread = float(np.std([*means, mean + unit, mean - unit], ddof=1))
    gap = spread * float(TTestPower().solve_power(nobs=len(means), alpha=_ALPHA, power=_POWER))
    return gap if gap <= 1 else None
