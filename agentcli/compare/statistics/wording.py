"""Figures as people read them: the same words in every report.

Shares are percent, gaps between shares are points, and `–` says that there is nothing to show.
"""

from collections.abc import Callable

from agentcli.compare.statistics.data import Amount, Difference, Interval, Rate, Ratio

NOTHING = "–"


def percent(share: float | None) -> str:
    """A share; without decimals, which no study of this kind has."""
    return NOTHING if share is None else f"{_plain(share * 100)} %"


def rate(found: Rate) -> str:
    """`62 % (51–72) of 80`."""
    if found.value is None or found.interval is None:
        return NOTHING
    low, high = found.interval
    return f"{percent(found.value)} ({low * 100:.0f}–{high * 100:.0f}) of {found.n}"


def points(gap: float) -> str:
    """A difference of two shares, with its sign."""
    return _signed(gap * 100, 0)


def gap(found: Difference) -> str:
    """`+14 (+5 to +23)`, in points."""
    if found.value is None:
        return NOTHING
    return points(found.value) + _span(found.interval, points)


def number(found: Difference) -> str:
    """A difference of two counts, with its interval."""
    if found.value is None:
        return NOTHING
    return _signed(found.value, 1) + _span(found.interval, lambda value: _signed(value, 1))


def times(found: Ratio) -> str:
    """`1.80 × (1.52 to 2.13)`."""
    if found.value is None:
        return NOTHING
    return f"{found.value:.2f} ×" + _span(found.interval, "{:.2f}".format)


def p_value(p: float | None) -> str:
    """Never zero: no test is that sure."""
    if p is None:
        return NOTHING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def tokens(value: float | None) -> str:
    """`950`, `12.3k`, `4.5M`."""
    if value is None:
        return NOTHING
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f}{unit}"
    return f"{value:.0f}"


def dollars(value: float | None) -> str:
    """With as many digits as a small price needs."""
    if value is None:
        return NOTHING
    return f"${value:.2f}" if value >= 1 or value == 0 else f"${value:.4f}"


def seconds(value: float | None) -> str:
    """`12 s`, `3.4 min`, `2.1 h`."""
    if value is None:
        return NOTHING
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if value >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value:.1f} s"


def amount(found: Amount, say: Callable[[float | None], str]) -> str:
    """The typical amount with its interval."""
    return say(found.typical) + _span(found.interval, say)


def _signed(value: float, digits: int) -> str:
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text.lstrip("+−") if float(f"{value:.{digits}f}") == 0 else text


def _plain(value: float) -> str:
    return _signed(value, 0).lstrip("+")


def _span(interval: Interval | None, say: Callable[[float], str]) -> str:
    if interval is None:
        return ""
    return f" ({say(interval[0])} to {say(interval[1])})"
