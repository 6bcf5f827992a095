"""Runs beside each other: facts, steps, and the difference of what they came to."""

import pytest

from agentcli.errors import InfraFault
from agentcli.journal.store import Journal
from agentcli.runs.beside import facts, patch_between, read_sides
from agentcli.runs.places import run_dir
from tests.cli.conftest import WRITES_B, Desk
from tests.runs.scripts import bash, finish, write

OTHERWISE = (bash("false"), write("b.py", "b = 5\n"), finish())


@pytest.fixture
def two(desk: Desk) -> list[str]:
    """Two runs of one task that come to different ends."""
    return [desk.run(*WRITES_B), desk.run(*OTHERWISE)]


def test_each_side_says_where_it_stands_at_the_end_and_at_any_step(two: list[str]) -> None:
    with Journal() as journal:
        left, right = read_sides(two, journal)
        assert left.read_on(journal) == 0
    assert [step.act for step in left.steps] == ["write b.py", "edit a.py", "finish wrote b.py"]
    assert [step.act for step in right.steps] == ["bash false", "write b.py", "finish It is done."]
    told = dict(facts(left))
    assert (told["status"], told["steps"], told["changed"]) == ("finished", "3", "2 files")
    assert told["overrides"] == "nothing delegated"
    first = dict(facts(left, left.steps[0]))
    assert first["steps"] == "1 of 3"
    assert int(first["tokens"].replace(",", "")) < int(told["tokens"].replace(",", ""))


def test_steps_are_found_by_time(two: list[str]) -> None:
    with Journal() as journal:
        left, _ = read_sides(two, journal)
    assert left.at(-1.0) == 0
    assert left.at(left.steps[1].seconds) == 2
    assert left.at(1e9) == 3


def test_what_two_runs_came_to_is_compared_tree_against_tree(two: list[str]) -> None:
    with Journal() as journal:
        left, right = read_sides(two, journal)
    patch = patch_between(left, right)
    assert "-b = 2\n+b = 5\n" in patch
    assert "-a = 3\n+a = 1\n" in patch
    early = patch_between(left, right, (left.steps[0].tree, right.steps[0].tree))
    assert "deleted file" in early
    assert "a.py" not in early


def test_without_its_files_a_run_cannot_be_compared(two: list[str]) -> None:
    with Journal() as journal:
        left, right = read_sides(two, journal)
    (run_dir(right.run_id) / "run.git").rename(run_dir(right.run_id) / "gone")
    with pytest.raises(InfraFault, match="is gone"):
        patch_between(left, right)


def test_show_prints_several_runs_in_columns_and_diff_one_against_another(
    desk: Desk, two: list[str]
) -> None:
    shown = desk.type("show", *two, "--steps")
    assert shown.code == 0
    assert all(run in shown.out for run in two)
    assert "write b.py" in shown.out
    assert "bash false" in shown.out
    told = desk.type("show", *two, "--json").json
    assert [column["run"] for column in told] == two
    patch = desk.type("diff", two[1], "--against", two[0])
    assert "-b = 2\n+b = 5\n" in patch.out
    names = desk.type("diff", two[1], "--against", two[0], "--name-only")
    assert names.out.split() == ["a.py", "b.py"]
