"""Killed anywhere, a run goes on from its journal and comes to the same end."""

import signal
import time
from pathlib import Path

import pytest

from agentcli.journal.events import Body, Event, ModelReplied, RunEnded
from agentcli.journal.store import Journal
from agentcli.runs.places import is_at_work
from tests.cli.conftest import Desk, Said
from tests.runs.conftest import Office, Opened, bodies, events, labels
from tests.runs.scripts import bash, by_goal, delegate, finish, write
from tests.support.scripted_server import Turn

ROOT, CHILD = "build the whole house", "lay a floor of oak"
PAUSE = 0.05  # seconds before each answer, so that a kill falls between two events


def _slowly(*turns: Turn) -> list[Turn]:
    return [Turn(turn.text, turn.calls, latency=PAUSE) for turn in turns]


HOUSE = {
    CHILD: _slowly(
        write("floor.txt", "oak\n"),
        bash("cat floor.txt walls.txt > plan.txt"),
        finish("the floor is laid"),
    ),
    ROOT: _slowly(
        write("walls.txt", "brick\n"),
        bash("date +%s%N > when.txt; rm when.txt; echo one >> log.txt"),
        bash("echo two >> log.txt"),
        delegate(CHILD),
        bash("echo three >> log.txt; cat plan.txt >> log.txt"),
        finish("the house stands"),
    ),
}
TREE = {
    "a.py": "a = 1",
    "floor.txt": "oak",
    "walls.txt": "brick",
    "plan.txt": "oak\nbrick",
    "log.txt": "one\ntwo\nthree\noak\nbrick",
}
SUBJECTS = [f"Work before delegating: {CHILD}", "the floor is laid", "the house stands"]
REPLIES = sum(map(len, HOUSE.values()))
TEST = ("--test", "grep -q three log.txt", "-o", "json")


def check_house(it: Office, said: Said) -> None:
    assert said.code == 0, said
    assert said.json["status"] == "verified"
    assert it.tree(said) == TREE
    assert it.subjects(said) == SUBJECTS
    replies = [(e.agent_id, e.body.step) for e in events() if isinstance(e.body, ModelReplied)]
    assert len(replies) == len(set(replies)) == REPLIES


def test_undisturbed_it_comes_to_this(office: Opened) -> None:
    with office(by_goal(HOUSE)) as it:
        check_house(it, it.run(ROOT, *TEST))


MOMENTS = [
    ("1", "prompted", 1),
    ("1", "tool_returned", 2),
    ("1", "delegated", 1),
    ("1.1", "tool_returned", 1),
    ("1.1", "submitted", 1),
    ("1", "submitted", 1),
]


@pytest.mark.parametrize(("agent", "kind", "nth"), MOMENTS)
def test_killed_there_it_comes_to_the_same_end(
    office: Opened, agent: str, kind: str, nth: int
) -> None:
    with office(by_goal(HOUSE)) as it:
        kill_and_resume(it, (agent, kind, nth), *TEST)


IN_DOCKER = [
    ("", "sandbox_opened", 1),
    ("1.1", "tool_returned", 1),
    ("1", "submitted", 1),
    *(pytest.param(*moment, marks=pytest.mark.slow) for moment in MOMENTS),
    *(pytest.param("1", "tool_returned", nth, marks=pytest.mark.slow) for nth in (1, 3, 4, 5)),
    pytest.param("", "verified", 1, marks=pytest.mark.slow),
]


@pytest.mark.docker
@pytest.mark.parametrize(("agent", "kind", "nth"), IN_DOCKER)
def test_killed_in_docker_it_comes_to_the_same_end_and_leaves_nothing(
    office: Opened, agent: str, kind: str, nth: int
) -> None:
    with office(by_goal(HOUSE)) as it:
        kill_and_resume(it, (agent, kind, nth), *TEST, "--sandbox", "docker")
    assert events()[0].run_id not in labels()


def kill_and_resume(it: Office, moment: tuple[str, str, int], *flags: str) -> None:
    """SIGKILL the run at its nth event of a kind; going on, it asks only for what is missing."""
    with it.process(ROOT, *flags) as process:
        wait_for(it.desk, *moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
    recorded, asked = len(bodies(ModelReplied)), len(it.server.chats)
    assert bodies(RunEnded) == []
    # A child of it that was caught before its exec holds the run's lock a moment longer.
    _until_free(events()[0].run_id)
    said = it.again()
    check_house(it, said)
    assert (said.json["task"], said.json["steps"], said.json["resumes"]) == (ROOT, REPLIES, 1)
    assert len(it.server.chats) - asked == REPLIES - recorded


def test_killed_twice_it_still_comes_to_the_same_end(office: Opened) -> None:
    slow = [Turn(t.text, t.calls, latency=0.0) for t in HOUSE[ROOT]]
    with office(by_goal({CHILD: HOUSE[CHILD], ROOT: slow})) as it:
        assert it.run(ROOT, *TEST, "--max-steps", "3").code == 4
        assert it.again("--max-steps", "6").code == 4
        check_house(it, it.again("--max-steps", "50"))
        assert len(it.server.chats) == REPLIES


@pytest.mark.parametrize("steps", [1, 4, 5, 8])
def test_after_a_limit_it_goes_on_under_a_higher_one(office: Opened, steps: int) -> None:
    with office(by_goal(HOUSE)) as it:
        said = it.run(ROOT, *TEST, "--max-steps", str(steps))
        assert said.code == 4
        assert said.json["steps"] == steps == len(it.server.chats)
        check_house(it, it.again("--max-steps", "100"))
        assert len(it.server.chats) == REPLIES


def test_the_same_limit_stops_it_again(office: Opened) -> None:
    with office(by_goal(HOUSE)) as it:
        assert it.run(ROOT, *TEST, "--max-steps", "3").code == 4
        assert it.again().code == 4
        assert len(it.server.chats) == 3


def test_a_finished_run_is_not_resumed(office: Opened) -> None:
    with office(by_goal(HOUSE)) as it:
        run = it.run(ROOT, *TEST).json["run"]
        before = events()
        said = it.again()
        assert said.code == 2
        assert said.err.count("agentcli: ") == 1
        assert f"agentcli show {run}" in said.err
        assert events() == before


def test_a_run_at_work_is_not_resumed(office: Opened) -> None:
    with office(by_goal(HOUSE)) as it, it.process(ROOT, *TEST) as process:
        wait_for(it.desk, "1", "prompted", 1)
        said = it.again()
        assert said.code == 2
        assert "is at work" in said.err
        process.wait()
        assert process.returncode == 0


def wait_for(desk: Desk, agent: str, kind: str, nth: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if sum(e.agent_id == agent and _kind(e) == kind for e in _so_far(desk.state)) >= nth:
            return
        time.sleep(0.003)
    raise AssertionError(f"no {nth}. {kind} of {agent}")


def _until_free(run: str) -> None:
    deadline = time.monotonic() + 10
    while is_at_work(run):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _so_far(state: Path) -> list[Event]:
    if not (state / "journal.db").exists():
        return []
    with Journal() as journal:
        runs = list(journal.run_ids())
        return list(journal.events(runs[0])) if runs else []


def _kind(event: Event) -> str:
    body: Body = event.body
    return str(body.model_dump()["type"])
