"""Runs that the application carries out: real ones, of a scripted model, on the host."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from agentcli.journal.folds import RunView, fold
from agentcli.journal.store import Journal
from agentcli.tui.app import AgentApp
from agentcli.tui.screens.run import RunScreen
from agentcli.tui.screens.start import StartScreen
from agentcli.tui.widgets.prompt import Prompt
from tests.cli.conftest import WRITES_B, Desk
from tests.runs.scripts import bash, finish, write
from tests.support.scripted_server import Fault, ScriptedServer
from tests.tui.conftest import ready, serve, text_of, until

SIZE = (120, 40)
Patch = pytest.MonkeyPatch


async def test_a_task_is_done_applied_and_undone(
    desk: Desk, app: AgentApp, monkeypatch: Patch
) -> None:
    with ScriptedServer(WRITES_B) as server:
        serve(monkeypatch, server)
        async with app.run_test(size=SIZE) as pilot:
            await _say(pilot, "write b.py")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            await until(pilot, lambda: "a applies" in text_of(pilot))
            await pilot.press("d")
            await until(pilot, lambda: "+b = 2" in text_of(pilot))
            await pilot.press("a")
            await until(pilot, lambda: "Applied 2 files" in text_of(pilot))
            assert desk.files() == {"a.py": "a = 3\n", "b.py": "b = 2\n"}
            await pilot.press("u")
            await until(pilot, lambda: "Undone" in text_of(pilot))
            assert desk.files() == {"a.py": "a = 1\n"}


async def test_a_stopped_run_keeps_what_stands_and_goes_on(
    app: AgentApp, monkeypatch: Patch
) -> None:
    turns = [write("b.py", "b = 2\n"), finish(latency=30), finish()]
    with ScriptedServer(turns) as server:
        serve(monkeypatch, server)
        async with app.run_test(size=SIZE) as pilot:
            await _say(pilot, "write b.py")
            await until(pilot, lambda: "write b.py +1" in text_of(pilot))
            await until(pilot, lambda: len(server.chats) == 2)
            await pilot.press("ctrl+c")
            await until(pilot, lambda: "interrupted" in text_of(pilot))
            view = _last()
            assert view.landed is not None
            assert [change.path for change in view.landed.changes] == ["b.py"]
            await pilot.press("r")
            await until(pilot, lambda: "finished" in text_of(pilot))
            assert _last().resumes == 1


async def test_what_a_person_says_to_an_agent_waits_until_it_is_heard(
    app: AgentApp, monkeypatch: Patch, tmp_path: Path
) -> None:
    flag = tmp_path / "go on"
    waits = bash(f"until test -e '{flag}'; do sleep 0.1; done")
    # A message that comes in beside the second request is heard before the agent may finish.
    with ScriptedServer([waits, finish(), finish()]) as server:
        serve(monkeypatch, server)
        async with app.run_test(size=SIZE) as pilot:
            await _say(pilot, "write b.py")
            await until(pilot, lambda: len(server.chats) == 1 and "1 step " in text_of(pilot))
            await pilot.press("m", *"no tabs", "enter")
            await until(pilot, lambda: "1 no tabs waits for its next step" in text_of(pilot))
            flag.touch()
            await until(pilot, lambda: "from person, message: no tabs" in text_of(pilot))
            assert "1 no tabs heard" in text_of(pilot)


async def test_a_person_breaks_a_reply_off_and_stops_an_agent(
    app: AgentApp, monkeypatch: Patch
) -> None:
    with ScriptedServer([finish(latency=60), finish(latency=60)]) as server:
        serve(monkeypatch, server)
        async with app.run_test(size=SIZE) as pilot:
            await _say(pilot, "write b.py")
            await until(pilot, lambda: len(server.chats) == 1)
            await pilot.press("i", *"only b.py", "enter")
            await until(pilot, lambda: "from person, redirect: only b.py" in text_of(pilot))
            await until(pilot, lambda: len(server.chats) == 2)
            await pilot.press("k", "enter")
            await until(pilot, lambda: "from person, interrupt" in text_of(pilot))
            await until(pilot, lambda: not app.works.going_on)


async def test_a_failing_model_is_one_line_and_the_task_can_be_given_again(
    app: AgentApp, monkeypatch: Patch
) -> None:
    with ScriptedServer([Fault(status=400)]) as server:
        serve(monkeypatch, server)
        async with app.run_test(size=SIZE) as pilot:
            await _say(pilot, "write b.py")
            await until(pilot, lambda: "(400)" in text_of(pilot))
            await pilot.press("escape")
            assert isinstance(app.screen, StartScreen)


async def test_a_run_that_cannot_begin_gives_the_task_back(
    app: AgentApp, monkeypatch: Patch
) -> None:
    monkeypatch.setenv("AGENTCLI_PERSONAS", "true")  # a way of mode solo alone
    monkeypatch.setenv("AGENTCLI_MODE", "recursive")
    async with app.run_test(size=SIZE) as pilot:
        await _say(pilot, "write b.py")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        await until(pilot, lambda: "Personas are a way of mode solo" in text_of(pilot))
        assert app.screen.query_one(Prompt).text == "write b.py"


async def test_quitting_lands_what_stands(app: AgentApp, monkeypatch: Patch) -> None:
    with ScriptedServer([write("b.py", "b = 2\n"), bash("sleep 30")]) as server:
        serve(monkeypatch, server)
        async with app.run_test(size=SIZE) as pilot:
            await _say(pilot, "write b.py")
            await until(pilot, lambda: len(server.chats) == 2)
            await pilot.press("ctrl+q")
            await until(pilot, lambda: not app.works.going_on)
    assert _last().status == "interrupted"


async def _say(pilot: Pilot[Any], task: str) -> None:
    await ready(pilot)
    await pilot.press(*task, "enter")
    await pilot.pause()


def _last() -> RunView:
    with Journal() as journal:
        run_id = journal.find_run("last")
        return fold(run_id, journal.events(run_id))
