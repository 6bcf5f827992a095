"""What may be concluded, and what not."""

from collections.abc import Sequence

from agentcli.compare.statistics.comparison import Comparison, compare_all
from agentcli.compare.statistics.conclusions import conclude
from agentcli.compare.statistics.pairs import Trials
from tests.compare.statistics.studies import outcome, study


def compared(a: Sequence[str], b: Sequence[str]) -> Comparison:
    return compare_all(Trials(study({"a": a, "b": b})))[0]


def test_a_clear_gap_names_the_winner_and_keeps_to_these_tasks() -> None:
    told = conclude(compared("-" * 20 + "+" * 4, "+" * 18 + "-" * 6))
    assert told.may.startswith("On these 24 pairs, b solved more than a: +58 points")
    assert "p = 0.004" in told.may
    assert told.may_not.startswith("That b is better on other tasks, models or budgets")


def test_no_gap_is_no_equality() -> None:
    told = conclude(compared("+-" * 12, "-+" * 6 + "+-" * 6))
    assert told.may.startswith("These 24 pairs leave open which of the two solves more.")
    assert "That the two are alike: a gap below" in told.may_not


def test_few_pairs_say_that_they_would_miss_anything() -> None:
    told = conclude(compared("+-+", "-++"))
    assert "would miss any gap" in told.may_not


def test_a_winner_that_used_more_tokens_is_not_better_at_equal_tokens() -> None:
    marks = "+" * 12 + "-" * 12
    given = [outcome("big", n, 1, "+", 5000) for n in range(24)]
    given += [outcome("small", n, 1, mark, 1000) for n, mark in enumerate(marks)]
    told = conclude(compare_all(Trials(given))[0])
    assert "Nor that it would win at equal tokens: it used 5.00 times as many." in told.may_not


def test_an_answer_that_hangs_on_broken_runs_is_not_firm() -> None:
    told = conclude(compared("+" * 24, "+" * 14 + "!" * 10))
    assert "Nor that the answer is firm: without the 10 pairs" in told.may_not


def test_a_gap_that_is_a_finding_only_alone_is_none() -> None:
    """One of six comparisons is below 5 % by itself; that happens by chance."""
    given = study(
        {
            "a": "+" * 14 + "-" * 10,
            "b": "-" * 6 + "+" * 8 + "-" * 10,
            "c": "+-" * 12,
            "d": "-+" * 12,
        }
    )
    told = [conclude(one) for one in compare_all(Trials(given))]
    assert told[0].may.startswith("These 24 pairs leave open")
    assert "Taken alone the gap would be a finding (p = 0.031)" in told[0].may


def test_arms_that_never_met_say_nothing() -> None:
    given = [outcome("a", 0, 1, "+"), outcome("b", 1, 1, "-")]
    assert conclude(compare_all(Trials(given))[0]).may.startswith("Nothing")
