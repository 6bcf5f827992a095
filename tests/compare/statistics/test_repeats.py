"""pass@k and pass^k are what drawing k of the tries would give."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcli.compare.statistics.repeats import repeats
from tests.compare.statistics.studies import study


@given(
    st.integers(1, 5).flatmap(
        lambda tries: st.lists(
            st.text("+-!", min_size=tries, max_size=tries), min_size=1, max_size=4
        )
    )
)
def test_they_are_the_means_over_all_ways_to_draw(tasks: list[str]) -> None:
    for found in repeats(study({"a": tasks})):
        drawn = [list(combinations(marks, found.k)) for marks in tasks]
        some = [sum("+" in draw for draw in draws) / len(draws) for draws in drawn]
        every = [sum(set(draw) == {"+"} for draw in draws) / len(draws) for draws in drawn]
        assert found.any_of_k == pytest.approx(sum(some) / len(tasks))
        assert found.all_of_k == pytest.approx(sum(every) / len(tasks))


def test_k_goes_as_far_as_every_task_was_tried() -> None:
    assert [found.k for found in repeats(study({"a": ["+++", "+-"]}))] == [1, 2]


def test_of_no_trials_there_is_nothing() -> None:
    assert repeats([]) == ()
