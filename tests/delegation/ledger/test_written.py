"""Delegation rate: who wrote how much, whatever became of it."""

from pathlib import Path

import pytest

from agentcli.delegation.ledger.detect import detect
from tests.delegation.corpus.edits import swap, write
from tests.delegation.corpus.history import Child, History
from tests.delegation.corpus.programs import PROGRAMS
from tests.delegation.corpus.repository import Repository

OWN, CHILDS = "src/own.py", "src/childs.py"


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(Repository(tmp_path / "run.git"), PROGRAMS[0])


def statements(number: int, value: int = 0) -> str:
    """A file of so many statements, each a unit."""
    return "".join(f"value_{n} = {value}\n" for n in range(number))


def child(history: History, units: int, name: str = "a") -> Child:
    made = history.delegates(name)
    made.writes(write(CHILDS, statements(units)))
    made.proposes()
    return made


def written(history: History) -> tuple[int, int]:
    """Units that children wrote, and that the parent wrote."""
    found = detect(history.record(), history.repository.git).written
    assert found.parent == "planner"
    return found.children, found.own


def test_what_was_merged_is_the_childs_and_the_rest_the_parents(history: History) -> None:
    made = child(history, 3)
    history.lands(made)
    history.parent(write(OWN, statements(2)))
    made.closes()
    assert written(history) == (3, 2)


def test_overwritten_and_discarded_work_was_written_all_the_same(history: History) -> None:
    kept, gone = child(history, 3), child(history, 4, "b")
    history.lands(kept)
    history.parent(swap(CHILDS, "value_0 = 0", "value_0 = 1"))
    kept.closes()
    gone.closes("discarded")
    assert written(history) == (7, 1)


def test_trying_and_mending_counts_once(history: History) -> None:
    history.lands(child(history, 3))
    for value in range(5):
        history.parent(write(OWN, statements(2, value)))
    assert written(history) == (3, 2)


def test_an_edit_inside_the_merge_is_the_parents(history: History) -> None:
    made = child(history, 3)
    history.lands(made, write(OWN, statements(2)))
    made.closes()
    assert written(history) == (3, 2)


def test_what_others_changed_is_neithers(history: History) -> None:
    history.lands(child(history, 3))
    history.changes("person", write(OWN, statements(2)))
    assert written(history) == (3, 0)


def test_a_lost_childs_work_is_counted_with_the_one_that_took_over(history: History) -> None:
    lost = history.delegates("lost")
    lost.writes(write(CHILDS, statements(2)))
    lost.closes("lost", by_parent=False)
    history.lands(child(history, 3))
    assert written(history) == (3, 0)
