"""One arm's share of something: Wilson's interval, for as many observations as there really are.

Several seeds of a task, or several delegations of a run, resemble each other, so that n of them
tell less than n independent ones. Wilson's interval is then made for the effective n, which is n
over the design effect (Korn & Graubard 1998; recommended with Wilson by Franco, Little, Louis &
Slud 2019, doi:10.1093/jssam/smy019). With one observation of each task it is plain Wilson.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from agentcli.compare.outcome import Outcome
from agentcli.compare.statistics.data import Interval, Rate
from agentcli.delegation.ledger.rates import Share


def solve_rate(outcomes: Iterable[Outcome]) -> Rate:
    """The share of trials that were solved; what infrastructure broke was not."""
    tasks: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        tasks[outcome.task].append(outcome.score == "solved")
    return clustered_rate(Share(sum(tries), len(tries)) for tries in tasks.values())


def clustered_rate(tasks: Iterable[Share]) -> Rate:
    """The share over all tasks together, from each task's."""
    seen = [task for task in tasks if task.n]
    hits, n = sum(task.hits for task in seen), sum(task.n for task in seen)
    return Rate(
        hits=hits,
        n=n,
        clusters=len(seen),
        interval=_wilson(hits / n, _effective(seen, hits / n)) if n else None,
    )


def _wilson(share: float, n: float) -> Interval:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(share * n, n, alpha=0.05, method="wilson")
    return float(low), float(high)


def _effective(tasks: Sequence[Share], share: float) -> float:
    """How many independent observations tell as much: n / design effect, never more than n."""
    from scipy.stats import t

    n, clusters = sum(task.n for task in tasks), len(tasks)
    if n == clusters:
        return n
    if clusters == 1 or share in (0.0, 1.0):  # nothing shows how alike they are: the least
        return clusters
    spread = sum((task.hits - share * task.n) ** 2 for task in tasks)
    variance = clusters / (clusters - 1) * spread / n**2  # of a ratio of sums over clusters
    independent = share * (1 - share) / n
    # The variance itself is only known as well as so many clusters tell.
    doubt = (t.ppf(0.975, n - 1) / t.ppf(0.975, clusters - 1)) ** 2
    return float(n * min(1.0, independent * doubt / variance)) if variance else n
