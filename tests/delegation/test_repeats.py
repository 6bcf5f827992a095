"""A brief that only hands the same goal further down is recognised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcli.delegation.repeats import repeats

GOAL = "Mend the parser of the configuration file"


@pytest.mark.parametrize(
    "goal",
    [
        GOAL,
        "MEND the parser of the configuration file!!!",
        "the configuration file: mend the parser of",
        "Please mend the parser of the configuration file",
    ],
    ids=["the same", "louder", "reordered", "politer"],
)
def test_the_same_goal_in_other_clothes_is_a_repeat(goal: str) -> None:
    assert repeats(goal, ["something above", GOAL])


@pytest.mark.parametrize(
    "goal",
    [
        "Mend the parser",
        "Mend the parser of the configuration file, beginning with a test for quoted keys",
        "Write the manual of the command line",
    ],
    ids=["a part", "more exact", "another"],
)
def test_a_part_or_another_goal_is_none(goal: str) -> None:
    assert not repeats(goal, [GOAL])


def test_without_ancestors_nothing_repeats() -> None:
    assert not repeats(GOAL, [])


@given(st.text(min_size=1), st.text())
def test_a_goal_repeats_itself_and_both_ways(one: str, other: str) -> None:
    assert repeats(one, [one])
    assert repeats(one, [other]) == repeats(other, [one])
