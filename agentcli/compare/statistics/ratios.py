"""What trials took, and how many times one arm's tokens, money or seconds are of another's.

Amounts of agents spread over magnitudes, so they are looked at as logarithms: the mean over tasks,
of log(A / B) pair by pair, with Student's interval, and back. 1.0 is alike; A twice as much as B
is 2.0, and B then 0.5 of A.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from math import exp, log
from statistics import fmean

import numpy as np

from agentcli.compare.outcome import Outcome
from agentcli.compare.statistics.data import Amount, Interval, Ratio
from agentcli.compare.statistics.pairs import Pair, by_task

Take = Callable[[Outcome], float | None]  # tokens, say


def ratio(pairs: Sequence[Pair], take: Take) -> Ratio:
    """Arm A's amount over arm B's, of the pairs in which both are known and above zero."""
    usable = [pair for pair in pairs if take(pair.a) and take(pair.b)]
    tasks = by_task(usable, lambda pair: log(take(pair.a) or 1) - log(take(pair.b) or 1))
    value, interval, p = _geometric([fmean(logs) for logs in tasks])
    return Ratio(
        tasks=len(tasks),
        pairs=len(usable),
        left_out=len(pairs) - len(usable),
        value=value,
        interval=interval,
        p=p,
    )


def amount(outcomes: Sequence[Outcome], take: Take) -> Amount:
    """What the trials of one arm took, without those that infrastructure broke."""
    trials = [(o.task, take(o)) for o in outcomes if o.score != "infra"]
    logs = defaultdict(list)
    for task, taken in trials:
        if taken:
            logs[task].append(log(taken))
    typical, interval, _ = _geometric([fmean(values) for values in logs.values()])
    return Amount(
        n=len(trials),
        unknown=sum(taken is None for _, taken in trials),
        total=sum(taken or 0.0 for _, taken in trials),
        typical=typical,
        interval=interval,
    )


def _geometric(logs: Sequence[float]) -> tuple[float | None, Interval | None, float | None]:
    """The mean and its interval, taken back from logarithms, and the p of a mean of 1."""
    from scipy.stats import ttest_1samp

    if not logs:
        return None, None, None
    if np.allclose(logs, logs[0]):  # also of one task: nothing shows how much it varies
        return exp(logs[0]), None, None
    tested = ttest_1samp(logs, 0.0)
    low, high = tested.confidence_interval(0.95)
    return exp(fmean(logs)), (exp(low), exp(high)), float(tested.pvalue)
