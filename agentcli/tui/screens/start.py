"""The first screen: say what to do, choose how, or go on with a recent run.

It is painted before anything heavy is imported; settings, runs and files are read beside it.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Label

from agentcli.errors import AgentcliError
from agentcli.tui.commands import Command, find
from agentcli.tui.offers import Sources
from agentcli.tui.widgets.ask import Ask
from agentcli.tui.widgets.prompt import Prompt
from agentcli.tui.widgets.runs_table import Row, RunsTable, read_rows
from agentcli.tui.widgets.way import Way, read_names, read_settings

if TYPE_CHECKING:
    from agentcli.settings import LoadedSettings
    from agentcli.tui.app import AgentApp

_RECENT = 12  # runs that are listed here
_HINT = "What shall be done? Enter starts it; @ names a file, / is a command, ! a shell's."


class StartScreen(Screen[None]):
    """Prompt, way of working, recent runs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "recall", "History"),
        Binding("ctrl+o", "turn('mode')", "Mode", priority=True),
        Binding("ctrl+l", "turn('policy')", "Policy", priority=True),
        Binding("ctrl+t", "both", "Both modes", priority=True),
        Binding("f2", "app.runs", "Runs"),
        Binding("f1", "app.help", "Help"),
        Binding("escape", "prompt", "Prompt", show=False),
        Binding("ctrl+q", "app.quit", "Quit"),
    ]

    def __init__(self, repo: Path) -> None:
        super().__init__()
        self._repo = repo
        self._is_ready = False

    def compose(self) -> ComposeResult:
        home = str(self._repo).replace(str(Path.home()), "~", 1)
        yield Label(f"[b $primary]agentcli[/]  [dim]{home}[/]", id="title")
        yield Ask(_HINT, id="ask")
        yield Way(id="way")
        yield Label("recent runs", id="recent-title")
        yield RunsTable(id="recent")
        yield Label("No runs yet.", id="no-runs")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(Prompt).focus()
        self.query_one(RunsTable).display = False
        self.call_after_refresh(self.read)

    def on_screen_resume(self) -> None:
        if self._is_ready:
            self.read_runs()

    # ---- what is read beside the screen -------------------------------------------------------

    @work(exclusive=True, group="choices")
    async def read(self) -> None:
        """Read settings, then runs, then what can be offered, once the first picture stands."""
        try:
            await self.query_one(Way).show(await asyncio.to_thread(read_settings, self._repo))
            self._is_ready = True
            await self._read_runs()
            await self._read_offers()
        except AgentcliError as error:
            self._app.fail(str(error))

    @work(exclusive=True, group="runs")
    async def read_runs(self) -> None:
        try:
            await self._read_runs()
        except AgentcliError as error:
            self._app.fail(str(error))

    async def _read_runs(self) -> None:
        self._list(await asyncio.to_thread(read_rows, _RECENT))

    async def _read_offers(self) -> None:
        names = await asyncio.to_thread(read_names)
        self.query_one(Way).offer(names)
        found = await asyncio.to_thread(_sources, self._repo)
        values = {**found.values, "modes": names["mode"], "policies": names["policy"]}
        values["themes"] = sorted(self.app.available_themes)
        self.query_one(Ask).sources = replace(found, values=values)

    def _list(self, rows: list[Row]) -> None:
        table = self.query_one(RunsTable)
        table.show(rows)
        table.display = bool(rows)
        self.query_one("#no-runs").display = not rows

    # ---- what the person does -----------------------------------------------------------------

    def on_prompt_sent(self, message: Prompt.Sent) -> None:
        text = message.text
        if not text:
            return
        if text.startswith("!"):
            self._shell(text[1:].strip())
        elif (found := find(text)) is not None:
            self._obey(*found)
        elif not self._start(text):
            return
        self.query_one(Prompt).clear()

    def action_both(self) -> None:
        """Begin the task in two modes at once."""
        task = self.query_one(Prompt).text.strip()
        loaded = self._chosen_settings() if task else None
        if loaded is not None:
            self._app.start_both(task, loaded)
            self.query_one(Prompt).clear()

    def _start(self, task: str) -> bool:
        """Begin a run; whether that could be done."""
        loaded = self._chosen_settings()
        if loaded is not None:
            self._app.start_run(task, loaded)
        return loaded is not None

    def _chosen_settings(self) -> "LoadedSettings | None":
        """As chosen here; None, with the reason told, when they can't be used."""
        from agentcli.settings import load_settings, project_root

        if not self._is_ready:
            self._app.fail("The settings are not read yet.")
            return None
        chosen = self.query_one(Way).chosen
        try:
            loaded = load_settings(project_root(self._repo), chosen)
        except AgentcliError as error:
            self._app.fail(str(error))
            return None
        # A field that was emptied means "none", also where a settings file says something.
        emptied = {name: None for name, value in chosen.items() if value is None}
        return replace(loaded, settings=loaded.settings.model_copy(update=emptied))

    def _shell(self, command: str) -> None:
        from agentcli.tui.screens.shell import ShellScreen

        self.app.push_screen(ShellScreen(command, self._repo))

    def _obey(self, command: Command, argument: str) -> None:
        match command.name:
            case "runs":
                self._app.action_runs()
            case "help":
                self._app.action_help()
            case "quit":
                self.run_worker(self._app.action_quit())
            case "open":
                self._app.open_named(argument)
            case "theme":
                self._app.choose_theme(argument)
            case _ if not self.query_one(Way).put(command.setting, argument):
                self._app.fail(f"There is no {command.name} {argument!r}.")

    def take_back(self, task: str) -> None:
        """Put a task that could not begin back into the prompt."""
        prompt = self.query_one(Prompt)
        if not prompt.text:
            prompt.text = task

    def on_data_table_row_selected(self, message: DataTable.RowSelected) -> None:
        self._app.open_run(str(message.row_key.value))

    def on_prompt_leaving(self) -> None:
        table = self.query_one(RunsTable)
        if table.display:
            table.focus()

    def action_prompt(self) -> None:
        self.query_one(Prompt).focus()

    def action_turn(self, name: str) -> None:
        self.query_one(Way).turn(name)

    def action_recall(self) -> None:
        self.query_one(Prompt).focus()
        self.query_one(Ask).on_prompt_recalling()

    @property
    def _app(self) -> "AgentApp":
        return cast("AgentApp", self.app)


def _sources(repo: Path) -> Sources:
    from agentcli.tui.known import known  # imports git, which takes a while

    return known(repo)
