"""The prompt: history, files, commands, the shell, several lines, and what is changed in place."""

from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Select

from agentcli.tui.app import AgentApp
from agentcli.tui.screens.help import HelpScreen
from agentcli.tui.screens.run import RunScreen
from agentcli.tui.screens.runs import RunsScreen
from agentcli.tui.screens.shell import ShellScreen
from agentcli.tui.screens.start import StartScreen
from agentcli.tui.widgets.offers import Offers
from agentcli.tui.widgets.prompt import Prompt
from agentcli.tui.widgets.way import Way
from tests.cli.conftest import Desk
from tests.tui.conftest import ready, text_of, until

SIZE = (100, 30)


def text(app: AgentApp) -> str:
    return app.screen.query_one(Prompt).text


async def typed(pilot: Pilot[Any], words: str, *keys: str) -> None:
    await ready(pilot)
    await pilot.press(*words, *keys)
    await pilot.pause()


async def test_earlier_tasks_are_searched_and_taken(recorded: AgentApp) -> None:
    async with recorded.run_test(size=SIZE) as pilot:
        await typed(pilot, "calc", "ctrl+r")
        offers = recorded.screen.query_one(Offers)
        await until(pilot, lambda: offers.option_count == 1)
        await pilot.press("enter")
        assert text(recorded) == "Build a calculator"
        assert not offers.display


async def test_up_in_the_empty_prompt_shows_the_last_tasks(recorded: AgentApp) -> None:
    async with recorded.run_test(size=SIZE) as pilot:
        await typed(pilot, "", "up")
        assert recorded.screen.query_one(Offers).option_count == 2
        await pilot.press("down", "tab")
        assert text(recorded) == "Build a calculator"


async def test_a_file_is_named_with_an_at_sign(desk: Desk, app: AgentApp) -> None:
    (desk.repo / "basket.py").write_text("")
    async with app.run_test(size=SIZE) as pilot:
        await typed(pilot, "mend @bas", "enter")
        assert text(app) == "mend basket.py "
        await pilot.press(*"now", "left", "left", "left", "@", "a")
        await until(pilot, lambda: app.screen.query_one(Offers).display)
        await pilot.press("escape")
        assert not app.screen.query_one(Offers).display
        assert isinstance(app.screen, StartScreen)


async def test_several_lines_are_typed_and_pasted(recorded: AgentApp) -> None:
    async with recorded.run_test(size=SIZE) as pilot:
        await typed(pilot, "a", "ctrl+j", "b")
        recorded.post_message(events.Paste("1\n2\n3"))
        await until(pilot, lambda: text(recorded) == "a\nb1\n2\n3")
        assert isinstance(recorded.screen, StartScreen)


@pytest.mark.parametrize(
    ("line", "screen"),
    [("/help", HelpScreen), ("/runs", RunsScreen), ("/open swarm", RunScreen)],
)
async def test_a_command_opens_a_screen(recorded: AgentApp, line: str, screen: type) -> None:
    async with recorded.run_test(size=SIZE) as pilot:
        await typed(pilot, line, "escape", "enter")
        await until(pilot, lambda: isinstance(recorded.screen, screen))


async def test_a_command_changes_what_is_set_in_place(recorded: AgentApp) -> None:
    async with recorded.run_test(size=SIZE) as pilot:
        await typed(pilot, "/mode sw", "enter", "enter")
        await typed(pilot, "/tokens 1000", "enter")
        await typed(pilot, "/model openai/large", "enter")
        way = recorded.screen.query_one(Way)
        assert way.query_one("#mode", Select).value == "swarm"
        assert way.chosen["max_tokens"] == "1000"
        assert way.chosen["model"] == "openai/large"
        await typed(pilot, "/mode nonsense", "escape", "enter")
        assert "There is no mode 'nonsense'" in text_of(pilot)


async def test_a_command_changes_the_theme(recorded: AgentApp) -> None:
    async with recorded.run_test(size=SIZE) as pilot:
        await typed(pilot, "/theme nord", "escape", "enter")
        assert recorded.theme == "nord"


async def test_a_budget_that_is_none_is_said_and_the_task_stays(recorded: AgentApp) -> None:
    async with recorded.run_test(size=SIZE) as pilot:
        await ready(pilot)
        recorded.screen.query_one("#max_steps", Input).value = "many"
        await typed(pilot, "write it", "enter")
        assert "Setting `max_steps` from flags" in text_of(pilot)
        assert (text(recorded), recorded.works.going_on) == ("write it", [])


async def test_a_shell_command_shows_its_output_and_exit_code(desk: Desk, app: AgentApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await typed(pilot, "!cat a.py; exit 3", "enter")
        await until(pilot, lambda: "exit code 3" in text_of(pilot))
        assert "a = 1" in text_of(pilot)
        await pilot.press("escape")
        assert isinstance(app.screen, StartScreen)
        assert text(app) == ""


async def test_a_shell_command_is_stopped(desk: Desk, app: AgentApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await typed(pilot, "!echo here; sleep 60", "enter")
        await until(pilot, lambda: "here" in text_of(pilot))
        assert isinstance(app.screen, ShellScreen)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "exit code -9" in text_of(pilot))
