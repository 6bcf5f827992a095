"""Tokens, cost and time: how many times the other arm's."""

import pytest

from agentcli.compare.outcome import Outcome
from agentcli.compare.statistics.pairs import Pair
from agentcli.compare.statistics.ratios import amount, ratio
from tests.compare.statistics.studies import outcome


def tokens(one: Outcome) -> int:
    return one.tokens


def pair(task: int, a: int, b: int, seed: int = 1) -> Pair:
    return Pair(f"task-{task}", outcome("a", task, seed, "+", a), outcome("b", task, seed, "+", b))


def test_twice_as_much_in_every_task_is_2_without_doubt() -> None:
    found = ratio([pair(0, 2000, 1000), pair(1, 60, 30)], tokens)
    assert found.value == pytest.approx(2)
    assert found.interval is None  # nothing shows how much it varies


def test_more_here_and_less_there_evens_out() -> None:
    found = ratio([pair(0, 1000, 500), pair(1, 500, 1000), pair(2, 800, 790)], tokens)
    assert found.value == pytest.approx(1, abs=0.01)
    assert found.interval is not None and found.interval[0] < 1 < found.interval[1]
    assert found.p is not None and found.p > 0.9


def test_a_task_with_more_seeds_weighs_no_more() -> None:
    seeds = [pair(0, 4000, 1000, seed) for seed in range(1, 6)]
    assert ratio([*seeds, pair(1, 1000, 1000)], tokens).value == pytest.approx(2)


def test_pairs_without_a_figure_are_left_out_and_counted() -> None:
    found = ratio([pair(0, 0, 1000), pair(1, 300, 100)], tokens)
    assert (found.left_out, found.pairs) == (1, 1)
    assert found.value == pytest.approx(3)


def test_a_typical_amount_is_not_moved_by_one_giant() -> None:
    sizes = [1000] * 9 + [1_000_000]
    found = amount([outcome("a", n, 1, "+", size) for n, size in enumerate(sizes)], tokens)
    assert found.total == 1_009_000
    assert found.typical == pytest.approx(1000 * 10**0.3)


def test_unknown_prices_are_counted_not_taken_for_zero() -> None:
    known = outcome("a", 0, 1, "+")
    unknown = outcome("a", 1, 1, "+").model_copy(update={"cost": None})
    found = amount([known, unknown], lambda one: one.cost)
    assert found.unknown == 1
    assert found.typical == pytest.approx(known.cost)
