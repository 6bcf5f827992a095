"""Runs beside each other: chosen from the list, or begun together."""

from typing import Any

import pytest
from textual.pilot import Pilot

from agentcli.journal.store import Journal
from agentcli.tui.app import AgentApp
from agentcli.tui.screens.compare import CompareScreen
from agentcli.tui.screens.run import RunScreen
from agentcli.tui.screens.runs import RunsScreen
from agentcli.tui.widgets.column import Column
from agentcli.tui.widgets.diff import Diff
from tests.cli.conftest import WRITES_B, Desk
from tests.runs.scripts import bash, finish, write
from tests.support.scripted_server import ScriptedServer
from tests.tui.conftest import ready, serve, text_of, until

OTHERWISE = (bash("false"), write("b.py", "b = 5\n"), finish())


@pytest.fixture
def two(desk: Desk) -> list[str]:
    """Two runs of one task that come to different ends."""
    return [desk.run(*WRITES_B), desk.run(*OTHERWISE)]


async def test_marked_runs_are_compared_in_step(two: list[str], app: AgentApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _compare_all(pilot)
        assert {column.side.run_id for column in app.screen.query(Column)} == set(two)
        await until(pilot, lambda: "-b = 5" in text_of(pilot) and "+b = 2" in text_of(pilot))
        await pilot.press("home")
        await until(pilot, lambda: "after step 1" in text_of(pilot))
        assert [column.list.highlighted for column in app.screen.query(Column)] == [0, 0]
        assert text_of(pilot).count("1 of 3") == 2
        await until(pilot, lambda: "-b = 5" not in text_of(pilot))  # not written yet in step 1
        await pilot.press("down", "down", "n")
        await until(pilot, lambda: "as they stand" in text_of(pilot))
        await pilot.press("t")
        await until(pilot, lambda: "at 0 s" in text_of(pilot) or "at 1 s" in text_of(pilot))


async def test_the_comparison_is_driven_by_keys(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await _compare_all(pilot)
        first, second = recorded.screen.query(Column)
        assert first.list.has_focus
        await pilot.press("tab")
        assert second.list.has_focus
        await pilot.press("shift+tab", "d")
        diff = recorded.screen.query_one(Diff)
        assert not diff.display
        await pilot.press("d", "v")
        assert (diff.display, diff.columns) == (True, True)
        await until(pilot, lambda: "is gone" in text_of(pilot))  # recordings have no files
        await pilot.press("tab", "enter")
        assert isinstance(recorded.screen, RunScreen)
        await pilot.press("escape", "escape")
        assert isinstance(recorded.screen, RunsScreen)


async def test_one_run_alone_is_not_compared(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("f2")
        await ready(pilot)
        await pilot.press("space", "up", "space", "space", "c")
        await until(pilot, lambda: "Mark two or more runs" in text_of(pilot))
        assert isinstance(recorded.screen, RunsScreen)


async def test_a_task_is_begun_in_two_modes_at_once(
    app: AgentApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(lambda _: finish("nothing to do", "failed")) as server:
        serve(monkeypatch, server)
        async with app.run_test(size=(120, 40)) as pilot:
            await ready(pilot)
            await pilot.press(*"write b.py", "ctrl+t")
            await until(pilot, lambda: isinstance(app.screen, CompareScreen))
            await until(pilot, lambda: not app.works.going_on)
            await until(pilot, lambda: "swarm · free" in text_of(pilot))
            await until(pilot, lambda: "mode solo" in text_of(pilot))
    with Journal() as journal:
        assert len(journal.run_ids()) == 2


async def _compare_all(pilot: Pilot[Any]) -> None:
    await ready(pilot)
    await pilot.press("f2")
    await ready(pilot)
    await pilot.press("space", "space", "c")
    await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
    await ready(pilot)
