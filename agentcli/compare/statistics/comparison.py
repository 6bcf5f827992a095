"""Two arms against each other in everything that a study measures.

The first question is who solves more, by intention to treat: what infrastructure broke was not
solved. Everything else is asked of the pairs that infrastructure left alone (per protocol).
"""

from itertools import combinations

from agentcli.compare.statistics.data import Difference, Figure, Ratio
from agentcli.compare.statistics.differences import SOLVED, difference
from agentcli.compare.statistics.family import holm
from agentcli.compare.statistics.overriding import (
    DELEGATIONS,
    OVERRIDDEN,
    comparable,
    tokens_before,
)
from agentcli.compare.statistics.pairs import Trials, per_protocol
from agentcli.compare.statistics.power import detectable
from agentcli.compare.statistics.ratios import ratio
from agentcli.compare.statistics.survival import LogRank, log_rank

ALPHA = 0.05


class Comparison(Figure):
    """Arm `a` less arm `b`, or `a` over `b`."""

    a: str
    b: str
    unpaired: int  # trials of either arm whose counterpart is not on record
    infra: int  # pairs in which infrastructure broke one
    solved: Difference  # intention to treat
    solved_per_protocol: Difference
    detectable: float | None  # the gap that so many pairs would find 4 times in 5
    tokens: Ratio
    cost: Ratio
    seconds: Ratio
    overridden: Difference  # the share of a run's delegations that was overridden
    delegations: Difference  # how many a run has
    interruption: LogRank


def compare_all(trials: Trials) -> tuple[Comparison, ...]:
    """Every two arms, with p adjusted by Holm over all of them, for each measure by itself."""
    before = {arm: tokens_before(trials.of(arm)) for arm in trials.arms}
    found = [
        _compare(trials, a, b, log_rank(before[a], before[b]))
        for a, b in combinations(trials.arms, 2)
    ]
    for measure in _TESTED:
        ps = holm([getattr(one, measure).p for one in found])
        found = [_adjusted(one, measure, p) for one, p in zip(found, ps, strict=True)]
    return tuple(found)


_TESTED = (
    "solved",
    "solved_per_protocol",
    "tokens",
    "cost",
    "seconds",
    "overridden",
    "delegations",
    "interruption",
)


def _compare(trials: Trials, a: str, b: str, interruption: LogRank) -> Comparison:
    every = trials.pairs(a, b)
    kept = per_protocol(every)
    return Comparison(
        a=a,
        b=b,
        unpaired=len(trials.of(a)) + len(trials.of(b)) - 2 * len(every),
        infra=len(every) - len(kept),
        solved=difference(every, SOLVED),
        solved_per_protocol=difference(kept, SOLVED),
        detectable=detectable(every, SOLVED),
        tokens=ratio(kept, lambda outcome: outcome.tokens),
        cost=ratio(kept, lambda outcome: outcome.cost),
        seconds=ratio(kept, lambda outcome: outcome.seconds),
        overridden=difference(comparable(kept), OVERRIDDEN),
        delegations=difference(kept, DELEGATIONS),
        interruption=interruption,
    )


def _adjusted(comparison: Comparison, measure: str, p: float | None) -> Comparison:
    tested = getattr(comparison, measure).model_copy(update={"adjusted": p})
    return comparison.model_copy(update={measure: tested})


def significant(tested: Difference | Ratio | LogRank) -> bool:
    """Whether it would be a surprise if the arms were alike, at 5 % over the family."""
    return tested.adjusted is not None and tested.adjusted < ALPHA
