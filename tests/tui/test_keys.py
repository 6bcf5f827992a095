"""What each key does, on recorded runs."""

import pytest
from textual.widgets import Input, Select, TabbedContent

from agentcli.journal.store import Journal
from agentcli.tui.app import AgentApp
from agentcli.tui.screens.confirm import Confirm
from agentcli.tui.screens.help import HelpScreen
from agentcli.tui.screens.run import RunScreen
from agentcli.tui.screens.runs import RunsScreen
from agentcli.tui.screens.start import StartScreen
from agentcli.tui.widgets.agents import Agents
from agentcli.tui.widgets.diff import Diff
from agentcli.tui.widgets.prompt import Prompt
from agentcli.tui.widgets.runs_table import RunsTable
from agentcli.tui.widgets.say import Say
from tests.tui.conftest import ready, text_of, until


async def test_the_start_screen_is_driven_by_keys(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        screen = recorded.screen
        assert screen.query_one("#mode", Select).value == "recursive"
        await pilot.press("ctrl+o", "ctrl+l")
        assert screen.query_one("#mode", Select).value != "recursive"
        assert screen.query_one("#policy", Select).value == "turns"
        await pilot.press("down")
        assert screen.query_one(RunsTable).has_focus
        await pilot.press("escape")
        assert screen.query_one(Prompt).has_focus
        await pilot.press("down", "enter")
        assert isinstance(recorded.screen, RunScreen)
        await pilot.press("escape")
        assert isinstance(recorded.screen, StartScreen)
        await pilot.press("f1")
        assert isinstance(recorded.screen, HelpScreen)
        await pilot.press("escape", "f2")
        assert isinstance(recorded.screen, RunsScreen)


async def test_an_empty_prompt_starts_nothing(recorded: AgentApp) -> None:
    async with recorded.run_test() as pilot:
        await ready(pilot)
        await pilot.press("space", "enter")
        assert isinstance(recorded.screen, StartScreen)
        assert recorded.works.going_on == []


async def test_a_run_shows_agents_and_the_stream_of_the_selected_one(
    recorded: AgentApp,
) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        recorded.open_run("swarmrun")
        await until(pilot, lambda: "1.2 coder" in text_of(pilot))
        assert "not verified" in text_of(pilot)
        recorded.screen.query_one(Agents).focus()
        await pilot.press("down")
        await until(pilot, lambda: "bash python3 add.py" in text_of(pilot))
        await pilot.press("d", "s")
        assert recorded.screen.query_one(TabbedContent).active == "stream-pane"


async def test_the_diff_is_of_the_run_or_an_agent_in_one_column_or_two(
    recorded: AgentApp,
) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        recorded.open_run("swarmrun")
        await until(pilot, lambda: "1.2 coder" in text_of(pilot))
        await pilot.press("v")
        diff = recorded.screen.query_one(Diff)
        assert (diff.columns, recorded.screen.query_one(TabbedContent).active) == (
            True,
            "diff-pane",
        )
        await pilot.press("v", "w")
        assert not diff.columns
        await until(pilot, lambda: diff.border_title == "agent 1")
        await pilot.press("w")
        await until(pilot, lambda: diff.border_title == "whole run")


async def test_plan_and_budget_show_on_demand_where_it_is_narrow(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        recorded.open_run("swarmrun")
        await until(pilot, lambda: "1.1 coder" in text_of(pilot))
        assert "twice discarded" not in text_of(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "twice discarded · 1.2" in text_of(pilot))
        assert "1,440 of 5.00M" in text_of(pilot)


async def test_nobody_hears_a_message_in_a_past_run(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        recorded.open_run("swarmrun")
        await until(pilot, lambda: "1.2 coder" in text_of(pilot))
        for key in "mik":
            await pilot.press(key)
            assert not recorded.screen.query_one(Say).display
        assert "Nobody is at work" in text_of(pilot)


async def test_a_line_of_the_stream_opens_and_closes(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        recorded.open_run("framesrn")
        await until(pilot, lambda: "Fix the totals" in text_of(pilot))
        await pilot.press("home", "enter")
        await until(pilot, lambda: "coder · openai/scripted" in text_of(pilot))
        await pilot.press("space")
        await until(pilot, lambda: "coder · openai/scripted" not in text_of(pilot))


async def test_what_cannot_be_done_is_one_line_and_the_screen_stays(
    recorded: AgentApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCLI_ALLOW", "host,apply")
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        recorded.open_run("swarmrun")
        await until(pilot, lambda: "1.2 coder" in text_of(pilot))
        for key, words in (("x", "not at work"), ("a", "is gone"), ("r", "is over")):
            await pilot.press(key)
            await until(pilot, lambda words=words: words in text_of(pilot))  # type: ignore[misc]
        assert isinstance(recorded.screen, RunScreen)


async def test_runs_are_filtered(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("f2")
        table = recorded.screen.query_one(RunsTable)
        await until(pilot, lambda: table.row_count == 2)
        await pilot.press("slash", *"swarm", "enter")
        assert (table.row_count, table.selected) == (1, "swarmrun")
        await pilot.press("escape")
        assert table.row_count == 2
        assert recorded.screen.query_one(Input).value == ""
        await pilot.press("escape")
        assert isinstance(recorded.screen, StartScreen)


async def test_a_run_is_deleted_only_after_a_yes(desk: object, done: str, app: AgentApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("f2")
        table = app.screen.query_one(RunsTable)
        await until(pilot, lambda: table.row_count == 1)
        await pilot.press("D")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("n")
        assert _runs() == [done]
        await pilot.press("D")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: table.row_count == 0)
        assert _runs() == []


def _runs() -> list[str]:
    with Journal() as journal:
        return journal.run_ids()
