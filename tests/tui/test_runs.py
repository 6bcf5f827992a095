"""What the list of runs can do with one: go on, fork, replay, apply, undo."""

import signal
from typing import Any

import pytest
from textual.pilot import Pilot

from agentcli.journal.folds import RunView, fold
from agentcli.journal.store import Journal
from agentcli.tui.app import AgentApp
from agentcli.tui.screens.fork import ForkScreen
from agentcli.tui.screens.run import RunScreen
from tests.cli.conftest import Desk
from tests.runs.conftest import Opened
from tests.runs.conftest import office as office
from tests.runs.scripts import finish, write
from tests.runs.test_resume import wait_for
from tests.support.scripted_server import Answer
from tests.tui.conftest import ready, text_of, until

SIZE = (120, 40)


async def test_a_killed_run_is_shown_as_such_and_goes_on_with_one_key(
    office: Opened, app: AgentApp
) -> None:
    with office([write("b.py", "b = 2\n"), finish(latency=5), finish()]) as it:
        with it.process("write b.py", "--mode", "solo") as process:
            wait_for(it.desk, "1", "tool_returned", 1)
            process.send_signal(signal.SIGKILL)
            process.wait()
        async with app.run_test(size=SIZE) as pilot:
            await _list(pilot)
            await until(pilot, lambda: "killed" in text_of(pilot))
            await pilot.press("r")
            await until(pilot, lambda: "a applies" in text_of(pilot))
    assert (_last().status, _last().resumes) == ("finished", 1)


async def test_last_is_this_repositorys_last_run(office: Opened, app: AgentApp) -> None:
    with (
        office([write("b.py", "b = 2\n"), finish()]) as it,
        it.process("write b.py", "--mode", "solo") as process,
    ):
        assert process.wait() == 0
    own = _last()
    assert own.started is not None
    with Journal() as journal:
        journal.append("foreign", "", own.started.model_copy(update={"repo": "/elsewhere"}))
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        app.open_named("last")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await until(pilot, lambda: own.run_id in text_of(pilot))


async def test_a_run_is_forked_from_a_step(office: Opened, app: AgentApp) -> None:
    turns: list[Answer] = [write("b.py", "b = 2\n"), finish("so"), write("c.py", "c\n"), finish()]
    with office(turns) as it:
        with it.process("write b.py", "--mode", "solo") as process:
            assert process.wait() == 0
        first = _last().run_id
        async with app.run_test(size=SIZE) as pilot:
            await _list(pilot)
            await pilot.press("f")
            await until(pilot, lambda: isinstance(app.screen, ForkScreen))
            await pilot.press(*"two", "enter")
            await until(pilot, lambda: "A step is a number" in text_of(pilot))
            await pilot.press("ctrl+u", "2", "enter")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            await until(pilot, lambda: "2 files changed: a applies" in text_of(pilot))
    begun = _last().started
    assert begun is not None
    assert begun.fork_of == first


async def test_a_run_is_replayed(done: str, app: AgentApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCLI_SANDBOX", "host")
    async with app.run_test(size=SIZE) as pilot:
        await _list(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "a applies" in text_of(pilot))
    begun = _last().started
    assert begun is not None
    assert begun.replay_of == done


async def test_a_run_is_applied_and_undone(desk: Desk, done: str, app: AgentApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await _list(pilot)
        await pilot.press("a")
        await until(pilot, lambda: "finished, applied" in text_of(pilot))
        assert desk.files() == {"a.py": "a = 3\n", "b.py": "b = 2\n"}
        await pilot.press("u")
        await until(pilot, lambda: "Undone" in text_of(pilot))
        assert desk.files() == {"a.py": "a = 1\n"}


async def _list(pilot: Pilot[Any]) -> None:
    await ready(pilot)
    await pilot.press("f2")
    await ready(pilot)


def _last() -> RunView:
    with Journal() as journal:
        run_id = journal.find_run("last")
        return fold(run_id, journal.events(run_id))
