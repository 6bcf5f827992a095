"""One arm's solve rate, with as many independent observations as there are."""

import pytest

from agentcli.compare.statistics.rates import solve_rate
from agentcli.delegation.ledger.rates import Share
from tests.compare.statistics.studies import study


@pytest.mark.parametrize("marks", ["+" * 7 + "-" * 3, "-" * 5, "+"])
def test_one_try_of_each_task_has_plain_wilson(marks: str) -> None:
    found = solve_rate(study({"a": marks}))
    plain = Share(marks.count("+"), len(marks)).interval
    assert found.interval == pytest.approx(plain)


def test_seeds_that_repeat_each_other_count_as_one() -> None:
    once = solve_rate(study({"a": ["+"] * 12 + ["-"] * 8}))
    thrice = solve_rate(study({"a": ["+++"] * 12 + ["---"] * 8}))
    assert (once.n, thrice.n, thrice.clusters) == (20, 60, 20)
    assert thrice.interval == pytest.approx(once.interval, abs=0.02)


def test_seeds_that_differ_within_tasks_count_fully() -> None:
    mixed = solve_rate(study({"a": ["+-", "-+"] * 10}))
    assert mixed.interval == pytest.approx(Share(20, 40).interval)


def test_without_any_success_seeds_may_all_be_alike() -> None:
    found = solve_rate(study({"a": ["---"] * 10}))
    assert found.interval == pytest.approx(Share(0, 10).interval, abs=1e-9)


def test_of_nothing_there_is_no_rate() -> None:
    found = solve_rate([])
    assert (found.value, found.interval) == (None, None)
