"""`runs`, `show`, `diff` tell what is on record, to people and to programs."""

from pathlib import Path

import pytest

from agentcli.ids import RUN_STREAM
from agentcli.journal.events import RunStarted
from agentcli.journal.store import Journal
from agentcli.runs.places import run_lock
from tests.cli.conftest import Desk


def open_run(run_id: str, repo: Path) -> None:
    """A run whose end was never recorded."""
    begun = RunStarted(
        version="0",
        task="a task",
        repo=str(repo),
        head=None,
        branch=None,
        base_commit="0" * 40,
        base_tree="0" * 40,
        mode="solo",
        models={"coder": "some/model"},
        test=None,
        settings={},
        seed=0,
    )
    with Journal() as journal:
        journal.append(run_id, RUN_STREAM, begun)


def test_without_runs_it_says_how_to_get_one(desk: Desk) -> None:
    said = desk.type("runs")
    assert said.code == 0
    assert "agentcli demo" in said.out
    assert desk.type("runs", "--json").json == []


def test_runs_lists_the_newest_first(desk: Desk, done: str) -> None:
    open_run("newer", desk.repo)
    rows = desk.type("runs", "--json").json
    assert [row["run"] for row in rows] == ["newer", done]
    assert rows[1]["status"] == "finished"
    assert rows[1]["steps"] == 3
    assert rows[1]["tokens"] == 360
    assert len(desk.type("runs", "--json", "--limit", "1").json) == 1
    lines = desk.type("runs").out.splitlines()
    assert lines[1].startswith("newer")
    assert all(word in lines[2] for word in (done, "finished", "solo", "scripted", "360"))


def test_a_run_without_an_end_is_at_work_or_killed(desk: Desk) -> None:
    open_run("abc", desk.repo)
    assert "killed" in desk.type("runs").out
    with run_lock("abc"):
        assert "at work" in desk.type("runs").out
        assert desk.type("show", "abc", "--json").json["status"] == "at work"


def test_show_tells_agents_changes_and_what_they_took(desk: Desk, done: str) -> None:
    out = desk.type("show", "last").out
    for part in ("finished", "write b.py", "NO isolation", "1 coder done", "3 steps"):
        assert part in out
    assert "A b.py  +1 −0" in out
    assert "M a.py  +1 −1" in out
    assert f"agentcli/{done}" in out


def test_show_steps_lists_each_tool_call(desk: Desk, done: str) -> None:
    out = desk.type("show", done, "--steps").out
    assert "1 ✓ write b.py +1 −0" in out
    assert "2 ✓ edit a.py +1 −1" in out
    data = desk.type("show", done, "--steps", "--json").json
    assert data["status"] == "finished"
    assert [step["call"]["name"] for step in data["steps_taken"]] == ["write", "edit", "finish"]


def test_diff_is_the_patch_that_git_shows(desk: Desk, done: str) -> None:
    assert desk.type("diff", done).out.strip() == desk.git("diff", f"main..agentcli/{done}")


def test_diff_can_be_short_and_of_one_agent(desk: Desk, done: str) -> None:
    assert desk.type("diff", done, "--name-only").out.split() == ["a.py", "b.py"]
    assert desk.type("diff", done, "--stat").out.splitlines()[-1] == "  2 files, +2 −1"
    assert desk.type("diff", done, "--agent", "1").out == desk.type("diff", done).out
    said = desk.type("diff", done, "--agent", "7")
    assert said.code == 2
    assert "no agent '7'" in said.err


def test_last_and_runs_mean_the_repository_that_the_person_stands_in(desk: Desk, done: str) -> None:
    open_run("foreign", Path("/elsewhere"))
    assert done in desk.type("show", "last").out
    assert [row["run"] for row in desk.type("runs", "--json").json] == [done]
    assert [row["run"] for row in desk.type("runs", "--all", "--json").json] == ["foreign", done]
    assert "elsewhere" in desk.type("runs", "--all").out


def test_without_a_run_here_last_names_the_way_to_the_others(desk: Desk) -> None:
    open_run("foreign", Path("/elsewhere"))
    assert "agentcli runs --all" in desk.type("runs").out
    said = desk.type("show", "last")
    assert (said.code, "agentcli runs --all" in said.err) == (2, True)


@pytest.mark.parametrize("command", ["show", "diff", "apply", "undo"])
def test_an_unknown_run_is_one_clear_line(desk: Desk, command: str) -> None:
    said = desk.type(command, "nope")
    assert said.code == 2
    assert said.err.strip() == "agentcli: No run 'nope'. `agentcli runs` lists them."
