"""`demo`: recorded runs of a real model, replayed on real git and in a real sandbox."""

import asyncio

import pytest

from agentcli.demo import play
from agentcli.errors import SandboxFault
from agentcli.journal.events import Delegated, RunEnded, Verified
from agentcli.journal.store import started
from tests.cli.conftest import Desk

MODES = ("recursive", "swarm")


@pytest.mark.parametrize("mode", MODES)
def test_a_recording_is_a_real_models_run_that_passed_with_work_handed_on(mode: str) -> None:
    events = list(play.recording(mode))
    begun = started(events)
    assert (begun.mode, begun.task, begun.test) == (mode, play.TASK, play.TEST)
    assert any(isinstance(e.body, Verified) and e.body.check.passed for e in events)
    assert len([e for e in events if isinstance(e.body, Delegated)]) >= 2
    assert isinstance(events[-1].body, RunEnded)


@pytest.mark.parametrize(
    ("sandbox", "told"),
    [
        ("host", "WITHOUT isolation"),
        ("bubblewrap", "bubblewrap: no network"),
        pytest.param("docker", "Docker container: no network", marks=pytest.mark.docker),
    ],
)
def test_it_shows_both_ways_of_working_on_the_same_task_side_by_side(
    desk: Desk, sandbox: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    try:
        asyncio.run(play.find_ground(sandbox))
    except SandboxFault as fault:
        pytest.skip(fault.message)
    said = desk.type("demo", "--sandbox", sandbox)
    assert said.code == 0, said.err
    assert "RECORDING of openai/" in said.out
    assert told in said.out
    (head,) = [line for line in said.out.splitlines() if line.startswith("┃")]
    assert [cell.strip() for cell in head.strip("┃").split("┃")] == list(MODES)
    assert said.out.count("✓ passes python3 -m unittest") == 4  # as it came, and in the summary
    assert said.out.count("1.1 coder: done") == 2
    assert said.out.count("delegations: overridden") == 2
    assert said.out.count("+++ b/basket.py") == 2
    assert desk.type("runs", "--json").json == []  # it leaves no runs behind


def test_one_mode_alone(desk: Desk) -> None:
    said = desk.type("demo", "--sandbox", "host", "--mode", "swarm")
    assert said.code == 0, said.err
    assert "1 planner" in said.out
    assert "recursive" not in said.out


def test_a_mode_without_a_recording_is_named(desk: Desk) -> None:
    said = desk.type("demo", "--mode", "relay")
    assert said.code == 2
    assert "no recording in mode 'relay'" in said.err
    assert "swarm" in said.err
