"""Tokens before interruption: how long a child works before the parent breaks in.

Kaplan–Meier's estimate (1958), because most children are never interrupted: of those it is only
known that it takes longer than they worked. The band is Greenwood's on the log-log scale; two
arms are compared by the log-rank test (Mantel 1966).
"""

import warnings
from bisect import bisect_left
from collections.abc import Iterable
from math import isfinite

from agentcli.compare.statistics.data import Figure, Interval
from agentcli.delegation.ledger.rates import TokensBefore


class Step(Figure):
    """The curve from `tokens` on, until the next step."""

    tokens: float
    surviving: float
    interval: Interval | None
    at_risk: int  # still uninterrupted and at work just before


class Curve(Figure):
    """The share of children not yet interrupted after so many output tokens.

    The median is None when fewer than half were interrupted as far as one can see, and so are
    the ends of its interval. The naive mean is over the interrupted alone, and so too low.
    `cadence` is the output tokens of children per look of a parent: it bounds from below.
    """

    interrupted: int
    censored: int
    median: float | None
    median_interval: tuple[float | None, float | None]
    naive_mean: float | None
    oversight: tuple[str, ...]
    cadence: float | None
    steps: tuple[Step, ...]


class LogRank(Figure):
    """Whether two arms' children are interrupted alike; None where nothing tells them apart."""

    p: float | None
    adjusted: float | None = None


def curve(tokens: TokensBefore) -> Curve:
    """The curve of the delegations that `tokens` was made of."""
    steps = _steps(tokens)
    bands = [(step.tokens, step.interval) for step in steps if step.interval]
    return Curve(
        interrupted=len(tokens.interrupted),
        censored=len(tokens.censored),
        median=tokens.median,
        median_interval=(
            _reached((at, low) for at, (low, _) in bands),
            _reached((at, high) for at, (_, high) in bands),
        ),
        naive_mean=tokens.naive_mean,
        oversight=tokens.oversight,
        cadence=tokens.cadence,
        steps=steps,
    )


def log_rank(a: TokensBefore, b: TokensBefore) -> LogRank:
    """The two-sided test of "alike"."""
    from scipy.stats import CensoredData, logrank

    if not (a.interrupted or b.interrupted) or not (_worked(a) and _worked(b)):
        return LogRank(p=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # 0 / 0 where one arm is never at risk
        found = logrank(
            x=CensoredData(a.interrupted, right=a.censored),
            y=CensoredData(b.interrupted, right=b.censored),
        )
    return LogRank(p=float(found.pvalue) if isfinite(found.pvalue) else None)


def _steps(tokens: TokensBefore) -> tuple[Step, ...]:
    """The points where somebody was interrupted."""
    from scipy.stats import CensoredData, ecdf

    if not tokens.interrupted:
        return ()
    survival = ecdf(CensoredData(tokens.interrupted, right=tokens.censored)).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # there is no band where the curve is 0
        band = survival.confidence_interval(0.95, method="log-log")
    every = sorted((*tokens.interrupted, *tokens.censored))
    events = set(tokens.interrupted)
    return tuple(
        Step(
            tokens=float(at),
            surviving=float(share),
            interval=(float(low), float(high)) if isfinite(low) and isfinite(high) else None,
            at_risk=len(every) - bisect_left(every, at),
        )
        for at, share, low, high in zip(
            survival.quantiles,
            survival.probabilities,
            band.low.probabilities,
            band.high.probabilities,
            strict=True,
        )
        if at in events
    )


def _reached(points: Iterable[tuple[float, float]]) -> float | None:
    """Where a falling curve comes to one half (Brookmeyer & Crowley 1982)."""
    return next((at for at, share in points if share <= 0.5), None)


def _worked(tokens: TokensBefore) -> bool:
    return bool(tokens.interrupted or tokens.censored)
