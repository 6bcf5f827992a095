"""The first screen: say what to do, choose how, or go on with a recent run.

It is painted before anything heavy is imported; settings and runs are read beside it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Label

from agentcli.errors import AgentcliError
from agentcli.tui.widgets.prompt import Prompt
from agentcli.tui.widgets.runs_table import Row, RunsTable, read_rows
from agentcli.tui.widgets.way import Choices, Way, read_choices

if TYPE_CHECKING:
    from agentcli.tui.app import AgentApp

_RECENT = 12  # runs that are listed here


class StartScreen(Screen[None]):
    """Prompt, way of working, recent runs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "newline", "New line"),
        Binding("ctrl+o", "turn('mode')", "Mode", priority=True),
        Binding("ctrl+l", "turn('policy')", "Policy", priority=True),
        Binding("ctrl+r", "app.runs", "Runs", priority=True),
        Binding("f1", "app.help", "Help"),
        Binding("ctrl+q", "app.quit", "Quit"),
    ]

    def __init__(self, repo: Path) -> None:
        super().__init__()
        self._repo = repo
        self._choices: Choices | None = None

    def compose(self) -> ComposeResult:
        home = str(self._repo).replace(str(Path.home()), "~", 1)
        yield Label(f"[b $primary]agentcli[/]  [dim]{home}[/]", id="title")
        yield Prompt(id="prompt", placeholder="What shall be done? Enter starts it.")
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
        if self._choices is not None:
            self.read_runs()

    @work(thread=True, exclusive=True, group="choices")
    def read(self) -> None:
        """Read settings, then runs, once the first picture stands."""
        try:
            choices = read_choices(self._repo)
            self.app.call_from_thread(self._offer, choices)
            self.app.call_from_thread(self._list, read_rows(_RECENT))
        except AgentcliError as error:
            self.app.call_from_thread(self._app.fail, str(error))

    @work(thread=True, exclusive=True, group="runs")
    def read_runs(self) -> None:
        try:
            self.app.call_from_thread(self._list, read_rows(_RECENT))
        except AgentcliError as error:
            self.app.call_from_thread(self._app.fail, str(error))

    def on_prompt_sent(self, message: Prompt.Sent) -> None:
        if self._choices is None:
            self._app.fail("The settings are not read yet.")
            return
        if not message.text:
            return
        settings = self._choices.settings.model_copy(update=self.query_one(Way).chosen)
        self._app.start_run(message.text, settings)
        self.query_one(Prompt).clear()

    def take_back(self, task: str) -> None:
        """Put a task that could not begin back into the prompt."""
        prompt = self.query_one(Prompt)
        if not prompt.text:
            prompt.text = task

    def on_data_table_row_selected(self, message: DataTable.RowSelected) -> None:
        self._app.open_run(str(message.row_key.value))

    def action_newline(self) -> None:
        self.query_one(Prompt).insert("\n")

    def action_turn(self, name: str) -> None:
        self.query_one(Way).turn(name)

    @property
    def _app(self) -> "AgentApp":
        return cast("AgentApp", self.app)

    def _offer(self, choices: Choices) -> None:
        self._choices = choices
        self.query_one(Way).show(choices)

    def _list(self, rows: list[Row]) -> None:
        table = self.query_one(RunsTable)
        table.show(rows)
        table.display = bool(rows)
        self.query_one("#no-runs").display = not rows
