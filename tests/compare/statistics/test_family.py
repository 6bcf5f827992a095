"""Holm's correction: the more tests, the stricter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from agentcli.compare.statistics.family import holm


@settings(max_examples=15, deadline=None)  # it collects garbage each time
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_it_is_holms_step_down(ps: list[float]) -> None:
    assert holm(ps) == pytest.approx(list(multipletests(ps, method="holm")[1]))


def test_a_test_that_could_not_be_made_makes_the_others_no_stricter() -> None:
    assert holm([None, 0.04, None]) == [None, 0.04, None]
    assert holm([]) == []
