"""A fork recalls a run up to a step, goes another way from there, and leaves the first alone."""

from pathlib import Path
from typing import Any

import pytest

from agentcli.journal.events import AgentStarted, ModelReplied, RunStarted
from agentcli.journal.store import Journal
from agentcli.runs.places import run_dir
from tests.runs.conftest import Office, Opened, bodies, events
from tests.runs.scripts import bash, by_goal, delegate, finish, write
from tests.support.scripted_server import Answer

FIRST = [write("a.txt", "one\n"), write("b.txt", "two\n"), finish("as it was")]
TASK, PART = "build a house", "lay the floor"


class Changing:
    """A model that changes its mind: each list is followed from its own turn on."""

    def __init__(self, turns: list[Answer]) -> None:
        self.turns = turns

    def __call__(self, request: dict[str, Any]) -> Answer:
        return self.turns[sum(m["role"] == "assistant" for m in request["messages"])]


def files(run: str) -> dict[str, bytes]:
    """The files of a run, its lock left out."""
    place = run_dir(run)
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def fork(it: Office, run: str, *arguments: str) -> Any:
    return it.desk.type("fork", run, *arguments, "-o", "json")


@pytest.mark.parametrize(("step", "kept"), [(1, []), (2, ["a.txt"]), (3, ["a.txt", "b.txt"])])
def test_it_goes_another_way_from_a_step_on(office: Opened, step: int, kept: list[str]) -> None:
    model = Changing(FIRST)
    with office(model) as it:
        first = it.run(TASK, "--mode", "solo", "-o", "json").json["run"]
        recorded, stored, asked = events(first), files(first), len(it.server.chats)
        model.turns = [*FIRST[: step - 1], write("c.txt", "three\n"), finish("another way")]
        said = fork(it, first, str(step))
        assert said.code == 0, said.err
        run = said.json["run"]
        assert sorted(it.tree(said)) == sorted(["a.py", "c.txt", *kept])
        assert len(it.server.chats) - asked == 2
        assert (events(first), files(first)) == (recorded, stored)
    (begun,) = bodies(RunStarted, run)
    assert begun.fork_of == first
    mine, theirs = (bodies(ModelReplied, each)[: step - 1] for each in (run, first))
    assert mine == theirs


def test_without_a_step_the_last_one_is_taken_anew(office: Opened) -> None:
    with office(Changing(FIRST)) as it:
        first = it.run(TASK, "--mode", "solo", "-o", "json").json["run"]
        said = fork(it, first)
        assert len(it.server.chats) == len(FIRST) + 1
        assert "b.txt" in it.tree(said)
    with Journal() as journal:
        assert journal.run_ids() == [said.json["run"], first]  # the fork is the last run


def test_it_can_begin_within_a_child(office: Opened) -> None:
    child: list[Answer] = [write("floor.txt", "oak\n"), finish("laid")]
    script = {PART: child, TASK: [bash("ls"), bash("ls -a"), delegate(PART), finish("built")]}
    with office(by_goal(script)) as it:
        first = it.run(TASK, "--mode", "recursive", "-o", "json").json["run"]
        child[:] = [write("floor.txt", "pine\n"), finish("laid otherwise")]
        said = fork(it, first, "1", "--agent", "1.1")
        assert said.code == 0, said.err
        assert it.tree(said)["floor.txt"] == "pine"
        assert [body.brief.goal for body in bodies(AgentStarted, said.json["run"])] == [TASK, PART]


def test_what_is_applied_to_the_tree_belongs_to_the_first_run(office: Opened) -> None:
    with office(Changing(FIRST)) as it:
        first = it.run(TASK, "--mode", "solo", "-o", "json").json["run"]
        it.desk.type("apply", first)
        run = fork(it, first, "2").json["run"]
        assert it.desk.type("undo", run).code == 2
        assert it.desk.type("undo", first).code == 0
        assert it.desk.type("rm", run).code == 0
        assert Path(run_dir(first)).is_dir()


def test_a_step_that_was_not_taken_is_named(office: Opened) -> None:
    with office(Changing(FIRST)) as it:
        first = it.run(TASK, "--mode", "solo", "-o", "json").json["run"]
        said = fork(it, first, "9")
        assert (said.code, "It took the steps 1 to 3." in said.err) == (2, True)
        assert fork(it, first, "1", "--agent", "1.7").code == 2
        with Journal() as journal:
            assert journal.run_ids() == [first]
