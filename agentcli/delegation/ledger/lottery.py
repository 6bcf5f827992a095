"""The lottery's estimate: does it help to let a parent's overrides through?

A parent overrides what looks bad to it, so overridden work can't be compared with the rest. The
lottery denies a random share of the overrides that were asked for; between those allowed and
those denied only chance decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot
from typing import Any

from agentcli.delegation.ledger.rates import Share, share_json
from agentcli.journal.events import LotteryOutcome


@dataclass(frozen=True)
class LotteryEffect:
    """Shares of trees that pass the verifier, after an allowed and after a denied override."""

    allowed: Share
    denied: Share

    @property
    def difference(self) -> float | None:
        """By how much allowing raises the share that passes, in [-1, 1]; None of nothing."""
        if self.allowed.value is None or self.denied.value is None:
            return None
        return self.allowed.value - self.denied.value

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the difference, from both Wilson intervals.

        Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, 873-890, method 10).
        """
        one, other = self.allowed.interval, self.denied.interval
        p, q = self.allowed.value, self.denied.value
        if one is None or other is None or p is None or q is None:
            return None
        low = hypot(p - one[0], other[1] - q)
        high = hypot(one[1] - p, q - other[0])
        return p - q - low, p - q + high


def lottery_effect(outcomes: Iterable[LotteryOutcome]) -> LotteryEffect:
    """The estimate over all outcomes that could be scored."""
    scored = [outcome for outcome in outcomes if outcome.passed is not None]
    allowed = [bool(outcome.passed) for outcome in scored if outcome.allowed]
    denied = [bool(outcome.passed) for outcome in scored if not outcome.allowed]
    return LotteryEffect(Share(sum(allowed), len(allowed)), Share(sum(denied), len(denied)))


def lottery_json(found: LotteryEffect) -> dict[str, Any]:
    """The estimate for programs; null where there is nothing."""
    return {
        "allowed": share_json(found.allowed),
        "denied": share_json(found.denied),
        "difference": found.difference,
        "interval": found.interval,
    }
