"""Who overrules whom in one arm, how often, and with what effect: the ledger's measures by task.

The definitions are those of docs/overrides.md, and the counting is the ledger's own. Runs that
infrastructure broke are left out: their ledgers stop in the middle.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from agentcli.compare.outcome import Outcome
from agentcli.compare.statistics.data import Figure, Rate
from agentcli.compare.statistics.pairs import Measure, Pair
from agentcli.compare.statistics.rates import clustered_rate
from agentcli.compare.statistics.survival import Curve, curve
from agentcli.delegation.ledger.rates import Rates, Share, TokensBefore, rates, worked
from agentcli.journal.ledger_folds import LedgerView

_SCORED = ("harmful", "helpful", "mixed", "neutral")


class Overriding(Figure):
    """An arm's override ledger, over all of its runs."""

    runs: int
    delegations: int
    overwrite_at_5: Rate
    overridden: Rate
    interrupted: Rate
    autonomous: Rate
    harmful: Rate  # of the overrides whose effect could be scored
    helpful: Rate
    buggy_expected: Rate  # overridden work as its author left it
    buggy_final: Rate  # the same work as it stood at the end
    bugs_p: float | None  # McNemar's exact test between the two
    kinds: dict[str, int]
    effects: dict[str, int]
    curve: Curve


def overriding(outcomes: Sequence[Outcome]) -> Overriding:
    """The measures, with intervals that know that runs of one task are alike."""
    by_task: dict[str, list[LedgerView]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.score != "infra":
            by_task[outcome.task].append(_view(outcome))
    tasks = [rates(views) for views in by_task.values()]
    whole = rates(view for views in by_task.values() for view in views)

    def rate(share: Callable[[Rates], Share]) -> Rate:
        return clustered_rate(map(share, tasks))

    return Overriding(
        runs=whole.runs,
        delegations=whole.delegations,
        overwrite_at_5=rate(lambda found: found.overwrite_at_5),
        overridden=rate(lambda found: found.overridden),
        interrupted=rate(lambda found: found.interrupted),
        autonomous=rate(lambda found: found.autonomous),
        harmful=rate(lambda found: _share_of(found, "harmful")),
        helpful=rate(lambda found: _share_of(found, "helpful")),
        buggy_expected=rate(lambda found: found.bugs.expected),
        buggy_final=rate(lambda found: found.bugs.final),
        bugs_p=whole.bugs.p,
        kinds=dict(Counter(whole.kinds).most_common()),
        effects=dict(Counter(whole.effects).most_common()),
        curve=curve(whole.tokens_before),
    )


def tokens_before(outcomes: Iterable[Outcome]) -> TokensBefore:
    """An arm's tokens before interruption, for the log-rank test."""
    return rates(_view(outcome) for outcome in outcomes if outcome.score != "infra").tokens_before


def comparable(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs in which both arms had work that could be overridden."""
    return [
        p for p in pairs if overridden_share(p.a) is not None and overridden_share(p.b) is not None
    ]


def overridden_share(outcome: Outcome) -> float | None:
    """Of one run's delegations that wrote something, the share that was overridden."""
    found = [measured.overridden for measured in worked(outcome.ledger.delegations)]
    return sum(found) / len(found) if found else None


def _overridden(pair: Pair) -> float:
    return (overridden_share(pair.a) or 0.0) - (overridden_share(pair.b) or 0.0)


OVERRIDDEN = Measure(_overridden, most=1.0)  # of pairs that are comparable
DELEGATIONS = Measure(lambda p: len(p.a.ledger.delegations) - len(p.b.ledger.delegations))


def _share_of(found: Rates, effect: str) -> Share:
    return Share(found.effects.get(effect, 0), sum(found.effects.get(e, 0) for e in _SCORED))


def _view(outcome: Outcome) -> LedgerView:
    ledger = outcome.ledger
    return LedgerView(
        outcome.run_id or "",
        delegated={measured.delegation for measured in ledger.delegations},
        entries={entry.number: entry for entry in ledger.entries},
        effects={effect.number: effect for effect in ledger.effects},
        delegations={measured.delegation: measured for measured in ledger.delegations},
    )
