"""The ledger's measures over one run or many: each with its n, shares with a 95 % interval.

Shares have Wilson's interval, tokens before interruption the Kaplan–Meier median (the work of a
child that nobody interrupted is censored at its end), and the article's pair McNemar's exact
test. Definitions: docs/overrides.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agentcli.delegation.policy import oversight_of
from agentcli.journal.events import DelegationMeasured, EffectMeasured
from agentcli.journal.ledger_folds import LedgerView


@dataclass(frozen=True)
class Share:
    """`hits` of `n`."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.hits / self.n if self.n else None

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval; None of nothing."""
        from scipy.stats import binomtest

        if not self.n:
            return None
        found = binomtest(self.hits, self.n).proportion_ci(0.95, method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True)
class TokensBefore:
    """A child's output tokens before it was interrupted, by where the parent may look at all.

    The oversight bounds the figure from below: who only sees proposals can't interrupt earlier.
    `cadence` is the output tokens of children for each call of a parent that could see them.
    """

    interrupted: tuple[int, ...]
    censored: tuple[int, ...]
    oversight: tuple[str, ...]
    cadence: float | None

    @property
    def naive_mean(self) -> float | None:
        """Over those that were interrupted alone, which is what others report."""
        return sum(self.interrupted) / len(self.interrupted) if self.interrupted else None

    @cached_property
    def median(self) -> float | None:
        """Kaplan–Meier; None when fewer than half were interrupted as far as one can see."""
        from scipy.stats import CensoredData, ecdf

        if not self.interrupted:
            return None
        survival = ecdf(CensoredData(self.interrupted, right=self.censored)).sf
        reached = survival.quantiles[survival.probabilities <= 0.5]
        return float(reached[0]) if len(reached) else None


@dataclass(frozen=True)
class BugPair:
    """The article's pair: buggy as expected against buggy at the end, over overridden work."""

    expected: Share
    final: Share
    broke: int  # passed as expected, fails at the end
    mended: int

    @cached_property
    def p(self) -> float | None:
        """McNemar's exact test; None where no pair differs."""
        from scipy.stats import binomtest

        changed = self.broke + self.mended
        return float(binomtest(self.broke, changed).pvalue) if changed else None


@dataclass(frozen=True)
class Rates:
    """All measures. What has a share in the work is a delegation with at least one checkpoint."""

    runs: int
    delegations: int
    overwrite_at_5: Share
    overridden: Share
    interrupted: Share
    autonomous: Share
    delegated: Share  # units: written by children, of all
    tokens_before: TokensBefore
    bugs: BugPair
    kinds: Mapping[str, int]
    effects: Mapping[str, int]


def rates(ledgers: Iterable[LedgerView]) -> Rates:
    """The measures over all of these runs together."""
    views = list(ledgers)
    every = [measured for view in views for measured in view.delegations.values()]
    active = worked(every)
    judged = [measured for measured in every if measured.autonomous is not None]
    effects = [
        view.effects[entry.number]
        for view in views
        for entry in view.overrides
        if entry.number in view.effects
    ]
    return Rates(
        runs=len(views),
        delegations=len(every),
        overwrite_at_5=_share(measured.within_five for measured in active),
        overridden=_share(measured.overridden for measured in active),
        interrupted=_share(measured.interrupted for measured in active),
        autonomous=_share(bool(measured.autonomous) for measured in judged),
        delegated=_delegated(views),
        tokens_before=_tokens_before(every, views),
        bugs=_bugs(effects),
        kinds=Counter(entry.kind for view in views for entry in view.entries.values()),
        effects=Counter(effect.effect for effect in effects),
    )


def worked(delegations: Iterable[DelegationMeasured]) -> list[DelegationMeasured]:
    """Those with at least one checkpoint: only what was written can be overridden."""
    return [measured for measured in delegations if measured.checkpoints]


def rates_json(found: Rates) -> dict[str, Any]:
    """The measures for programs: shares with n and interval, null where there is nothing."""
    tokens, bugs = found.tokens_before, found.bugs
    shares = {
        "overwrite_at_5": found.overwrite_at_5,
        "overridden": found.overridden,
        "interrupted": found.interrupted,
        "autonomous": found.autonomous,
    }
    return {
        "runs": found.runs,
        "delegations": found.delegations,
        **{name: share_json(share) for name, share in shares.items()},
        "delegation_rate": {  # no interval: units of one child are not independent
            "hits": found.delegated.hits,
            "n": found.delegated.n,
            "value": found.delegated.value,
        },
        "tokens_before_interruption": {
            "median": tokens.median,
            "naive_mean": tokens.naive_mean,
            "interrupted": len(tokens.interrupted),
            "censored": len(tokens.censored),
            "oversight": list(tokens.oversight),
            "cadence": tokens.cadence,
        },
        "bugs": {
            "expected": share_json(bugs.expected),
            "final": share_json(bugs.final),
            "broke": bugs.broke,
            "mended": bugs.mended,
            "p": bugs.p,
        },
        "kinds": dict(found.kinds),
        "effects": dict(found.effects),
    }


def share_json(share: Share) -> dict[str, Any]:
    """A share for programs; null where there is nothing."""
    return {"hits": share.hits, "n": share.n, "value": share.value, "interval": share.interval}


def _share(answers: Iterable[bool]) -> Share:
    given = list(answers)
    return Share(sum(given), len(given))


def _delegated(views: Sequence[LedgerView]) -> Share:
    written = [each for view in views for each in view.written_in_all]
    children = sum(each.children for each in written)
    return Share(children, children + sum(each.own for each in written))


def _tokens_before(
    every: Sequence[DelegationMeasured], views: Sequence[LedgerView]
) -> TokensBefore:
    looks = sum(measured.opportunities for measured in every)
    written = sum(measured.output_tokens for measured in every)
    policies = {oversight_of(view.started) for view in views if view.started is not None}
    return TokensBefore(
        interrupted=tuple(m.output_tokens for m in every if m.interrupted),
        censored=tuple(m.output_tokens for m in every if not m.interrupted),
        oversight=tuple(sorted(policies)),
        cadence=written / looks if looks else None,
    )


def _bugs(effects: Iterable[EffectMeasured]) -> BugPair:
    pairs = [
        (not effect.expected_passed, not effect.final_passed)
        for effect in effects
        if effect.expected_passed is not None and effect.final_passed is not None
    ]
    return BugPair(
        expected=_share(expected for expected, _ in pairs),
        final=_share(final for _, final in pairs),
        broke=sum(final and not expected for expected, final in pairs),
        mended=sum(expected and not final for expected, final in pairs),
    )
