"""Who solves more: the exact test with one seed, tasks as clusters with several."""

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from agentcli.compare.statistics.differences import SOLVED, difference
from tests.compare.statistics.studies import pairs


def test_with_one_seed_the_test_is_mcnemars_exact_test() -> None:
    found = difference(
        pairs("+" * 12 + "+" * 8 + "--" + "-" * 9, "+" * 12 + "-" * 8 + "++" + "-" * 9), SOLVED
    )
    expected = mcnemar([[12, 8], [2, 9]], exact=True).pvalue
    assert (found.more_a, found.more_b) == (8, 2)
    assert found.p == pytest.approx(expected)
    assert found.value == pytest.approx(6 / 31)


def test_what_infrastructure_broke_was_not_solved() -> None:
    found = difference(pairs("+!", "++"), SOLVED)
    assert found.value == -0.5


def test_seeds_that_repeat_each_other_say_no_more_than_one() -> None:
    once = difference(pairs(["+"] * 6 + ["-"] * 6, ["-"] * 12), SOLVED)
    thrice = difference(pairs(["+++"] * 6 + ["---"] * 6, ["---"] * 12), SOLVED)
    assert thrice.pairs == 3 * once.pairs
    assert once.p is not None and thrice.p == pytest.approx(once.p, abs=0.02)
    assert once.interval is not None and thrice.interval is not None
    width = [high - low for low, high in (once.interval, thrice.interval)]
    assert width[1] == pytest.approx(width[0], rel=0.2)


def test_the_other_way_round_it_is_the_same_with_the_other_sign() -> None:
    one = difference(pairs(["++", "+-", "--"], ["--", "+-", "+-"]), SOLVED)
    other = difference(pairs(["--", "+-", "+-"], ["++", "+-", "--"]), SOLVED)
    assert one.value == -(other.value or 0)
    assert one.p == pytest.approx(other.p, abs=0.02)


def test_pairs_that_all_agree_leave_room_for_a_difference_that_was_not_seen() -> None:
    found = difference(pairs("+-" * 10, "+-" * 10), SOLVED)
    assert found.p is None
    assert found.interval is not None
    low, high = found.interval
    assert -0.2 < low < 0 < high < 0.2


def test_no_interval_goes_beyond_all_and_nothing() -> None:
    found = difference(pairs("+" * 8, "-" * 8), SOLVED)
    assert found.value == 1
    assert found.interval is not None
    assert found.interval[1] == 1


def test_the_same_outcomes_give_the_same_figures() -> None:
    given = pairs(["+-", "++", "--", "+-"], ["--", "+-", "-+", "--"])
    assert difference(given, SOLVED) == difference(given, SOLVED)


def test_nothing_in_common_is_no_difference() -> None:
    found = difference([], SOLVED)
    assert (found.value, found.interval, found.p) == (None, None, None)
