"""What a reader may conclude from a comparison, and what not: sentences made from its figures.

A finding is said of these tasks and this set-up only. Where there is none, that is no equality:
the sentence says which gaps a study of this size would have missed.
"""

from agentcli.compare.statistics.comparison import ALPHA, Comparison, significant
from agentcli.compare.statistics.data import Difference, Figure
from agentcli.compare.statistics.wording import p_value, points

_LIKE = 1.25  # arms whose tokens differ by less are held to be alike


class Conclusion(Figure):
    """The two sentences about a comparison."""

    may: str
    may_not: str


def conclude(comparison: Comparison) -> Conclusion:
    """The sentences for who solves more."""
    solved = comparison.solved
    if solved.value is None:
        return Conclusion(
            may="Nothing: the two arms have no task and seed in common.",
            may_not="Anything about which of the two is better.",
        )
    found = significant(solved)
    may = _finding(comparison) if found else _open(comparison)
    unlike = _unlike_tokens(comparison)
    may_not = [_no_more_than_found(comparison) if found else _no_equality(comparison)]
    if found and unlike:
        may_not.append(f"Nor that it would win at equal tokens: {unlike}.")
    if _hangs_on_infra(comparison):
        may_not.append(
            f"Nor that the answer is firm: without the {comparison.infra} pairs that "
            "infrastructure broke it would be another one."
        )
    return Conclusion(may=may, may_not=" ".join(may_not))


def _finding(comparison: Comparison) -> str:
    solved = comparison.solved
    better, other, value, interval = _winner_first(comparison)
    between = f" (95 % interval {_range(interval)})" if interval else ""
    return (
        f"On these {_size(solved)}, {better} solved more than {other}: {points(value)} "
        f"points{between}, which would be rare if they were alike "
        f"(p {_equals(solved.adjusted)}, after Holm)."
    )


def _open(comparison: Comparison) -> str:
    solved = comparison.solved
    within = ""
    if solved.interval is not None:
        low, high = solved.interval
        within = (
            f" The gap, {comparison.a} less {comparison.b}, may be anything from "
            f"{points(low)} to {points(high)} points."
        )
    alone = ""
    if solved.p is not None and solved.p < ALPHA:
        alone = (
            f" Taken alone the gap would be a finding (p {_equals(solved.p)}); among all the "
            f"comparisons of this study it is none (p {_equals(solved.adjusted)}, after Holm)."
        )
    return f"These {_size(solved)} leave open which of the two solves more.{within}{alone}"


def _no_more_than_found(comparison: Comparison) -> str:
    better, _, value, interval = _winner_first(comparison)
    least = f"; it may be as small as {points(interval[0])}" if interval else ""
    return (
        f"That {better} is better on other tasks, models or budgets, or that the gap is "
        f"{points(value)} points{least}."
    )


def _no_equality(comparison: Comparison) -> str:
    if comparison.detectable is None:
        return "That the two are alike: so few pairs would miss any gap more than 1 time in 5."
    return (
        f"That the two are alike: a gap below {comparison.detectable * 100:.0f} points would be "
        "missed more than 1 time in 5 by so many pairs."
    )


def _unlike_tokens(comparison: Comparison) -> str:
    """How many more tokens the winner used; empty when that is no objection."""
    tokens, value = comparison.tokens, comparison.solved.value or 0.0
    if tokens.value is None:
        return ""
    more = tokens.value if value > 0 else 1 / tokens.value
    return f"it used {more:.2f} times as many" if more >= _LIKE else ""


def _hangs_on_infra(comparison: Comparison) -> bool:
    if not comparison.infra:
        return False
    kept = comparison.solved_per_protocol
    return (
        significant(kept) != significant(comparison.solved)
        or _sign(kept) * _sign(comparison.solved) < 0
    )


def _winner_first(
    comparison: Comparison,
) -> tuple[str, str, float, tuple[float, float] | None]:
    """The winner, the other, and the gap as the winner's."""
    value, interval = comparison.solved.value or 0.0, comparison.solved.interval
    if value >= 0:
        return comparison.a, comparison.b, value, interval
    turned = (-interval[1], -interval[0]) if interval else None
    return comparison.b, comparison.a, -value, turned


def _size(solved: Difference) -> str:
    if solved.pairs == solved.tasks:
        return f"{solved.pairs} pairs" if solved.pairs != 1 else "single pair"
    return f"{solved.tasks} tasks ({solved.pairs} pairs)"


def _range(interval: tuple[float, float]) -> str:
    return f"{points(interval[0])} to {points(interval[1])}"


def _equals(p: float | None) -> str:
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def _sign(found: Difference) -> int:
    value = found.value or 0.0
    return (value > 0) - (value < 0)
