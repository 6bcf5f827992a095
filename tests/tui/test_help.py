"""Help names every key, the palette offers what it should, and themes and sizes change at once."""

import pytest
from textual.binding import Binding
from textual.screen import Screen

from agentcli.tui.app import AgentApp
from agentcli.tui.screens.gate import GateScreen
from agentcli.tui.screens.help import _KEYS
from agentcli.tui.screens.overrides import OverridesScreen
from agentcli.tui.screens.run import RunScreen
from agentcli.tui.screens.runs import RunsScreen
from agentcli.tui.screens.start import StartScreen
from tests.tui.conftest import ready, settled, text_of, until

WORDS = {"slash": "/", "question_mark": "?"}
SCREENS = [StartScreen, RunScreen, RunsScreen, OverridesScreen, GateScreen]


@pytest.mark.parametrize("screen", SCREENS)
def test_help_names_every_key_of_a_screen(screen: type[Screen[object]]) -> None:
    told = {key for page in _KEYS.values() for keys, _ in page for key in keys.split(", ")}
    for binding in screen.BINDINGS:
        assert isinstance(binding, Binding)
        for key in binding.key.split(","):
            assert WORDS.get(key, key) in told


async def test_the_palette_offers_runs_help_and_themes(recorded: AgentApp) -> None:
    async with recorded.run_test() as pilot:
        await ready(pilot)
        titles = [command.title for command in recorded.get_system_commands(recorded.screen)]
        assert titles == ["Runs", "Last run", "Help", "Theme", "Quit", "Screenshot"]
        await pilot.press("ctrl+p", *"last run")
        await until(pilot, lambda: "Open the newest run" in text_of(pilot))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(recorded.screen, RunScreen))


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", "textual-light", "nord"])
async def test_every_screen_is_drawn_in_every_kind_of_theme(recorded: AgentApp, theme: str) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        recorded.theme = theme
        recorded.open_run("swarmrun")
        await settled(pilot)
        for key in ("v", "s", "o"):
            await pilot.press(key)
            await settled(pilot)
        assert "harmful" in text_of(pilot)


async def test_a_run_is_laid_out_anew_at_any_size(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        recorded.open_run("swarmrun")
        await until(pilot, lambda: "twice discarded" in text_of(pilot))
        for size, plan_shows in (((80, 24), False), ((200, 60), True), ((40, 10), False)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert ("twice discarded" in text_of(pilot)) is plan_shows
            assert "swarmrun" in text_of(pilot)
