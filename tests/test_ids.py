"""Identifiers: short, typeable, and the path in the tree."""

import re

from hypothesis import given
from hypothesis import strategies as st

from agentcli.ids import ROOT_AGENT, RUN_STREAM, child_agent_id, new_run_id, parent_agent_id


def test_run_ids_are_eight_characters_that_nobody_mixes_up() -> None:
    ids = {new_run_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(re.fullmatch("[a-hj-km-np-z2-9]{8}", run_id) for run_id in ids)


@given(st.lists(st.integers(1, 50), max_size=4), st.integers(1, 50))
def test_a_child_knows_its_parent(path: list[int], number: int) -> None:
    parent = ".".join([ROOT_AGENT, *map(str, path)])
    assert parent_agent_id(child_agent_id(parent, number)) == parent


def test_neither_the_first_agent_nor_the_run_has_a_parent() -> None:
    assert parent_agent_id(ROOT_AGENT) is None
    assert parent_agent_id(RUN_STREAM) is None
