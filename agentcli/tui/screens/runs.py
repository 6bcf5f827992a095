"""All runs: filter, open, compare, go on, fork, replay, hand over, delete."""

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Input, Label

from agentcli.errors import AgentcliError
from agentcli.tui.handing import Act, applied, removed, undone
from agentcli.tui.screens.confirm import Confirm
from agentcli.tui.screens.fork import ForkScreen
from agentcli.tui.widgets.runs_table import Row, RunsTable, read_rows

if TYPE_CHECKING:
    from agentcli.tui.app import AgentApp


class RunsScreen(Screen[None]):
    """The list with its filter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open"),
        Binding("space", "mark", "Mark"),
        Binding("c", "compare", "Compare"),
        Binding("r", "resume", "Resume"),
        Binding("f", "fork", "Fork"),
        Binding("p", "replay", "Replay", show=False),
        Binding("a", "apply", "Apply"),
        Binding("u", "undo", "Undo", show=False),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("delete,D", "delete", "Delete", key_display="D"),
        Binding("ctrl+r", "read", "Read again", show=False),
        Binding("f1,question_mark", "app.help", "Help", key_display="f1"),
        Binding("escape", "back", "Back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._marked: dict[str, None] = {}  # in the order of marking

    def compose(self) -> ComposeResult:
        yield Label("[b $primary]runs[/]", id="title")
        yield Input(placeholder="filter by id, status, mode, task", id="filter", compact=True)
        yield RunsTable(id="runs")
        yield Label("", id="count")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(RunsTable).focus()

    def on_screen_resume(self) -> None:
        self.action_read()

    def on_input_changed(self) -> None:
        self._list()

    def on_input_submitted(self) -> None:
        self.query_one(RunsTable).focus()

    def on_data_table_row_selected(self, message: DataTable.RowSelected) -> None:
        self._app.open_run(str(message.row_key.value))

    def action_read(self) -> None:
        self.read()

    @work(exclusive=True, group="runs")
    async def read(self) -> None:
        try:
            self._rows = await asyncio.to_thread(read_rows)
        except AgentcliError as error:
            self._app.fail(str(error))
        self._list()

    def action_mark(self) -> None:
        """Mark the run under the cursor, or take the mark off, and go on to the next."""
        table = self.query_one(RunsTable)
        if table.selected is None:
            return
        if table.selected in self._marked:
            del self._marked[table.selected]
        else:
            self._marked[table.selected] = None
        self._list()
        table.action_cursor_down()

    def action_compare(self) -> None:
        """The marked runs beside each other."""
        known = {row.run_id for row in self._rows}
        marked = [run_id for run_id in self._marked if run_id in known]
        if len(marked) < 2:
            self.notify("Mark two or more runs with space first.")
        else:
            self._app.compare(marked)

    def action_filter(self) -> None:
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """Out of the filter, then out of the screen."""
        entry = self.query_one(Input)
        if entry.has_focus or entry.value:
            entry.clear()
            self.query_one(RunsTable).focus()
        else:
            self.dismiss()

    def action_resume(self) -> None:
        """Go on with the run; one that is over says so."""
        if (run_id := self.query_one(RunsTable).selected) is not None:
            self._app.resume_run(run_id)

    @work(exclusive=True, group="hand over")
    async def action_fork(self) -> None:
        run_id = self.query_one(RunsTable).selected
        if run_id is None:
            return
        place = await self.app.push_screen_wait(ForkScreen(run_id))
        if place is not None:
            self._app.fork_run(run_id, place.step, place.agent)

    def action_replay(self) -> None:
        if (run_id := self.query_one(RunsTable).selected) is not None:
            self._app.replay_run(run_id)

    @work(exclusive=True, group="hand over")
    async def action_apply(self) -> None:
        run_id = self.query_one(RunsTable).selected
        if run_id is not None and await self._app.may_apply(run_id):
            self._hand(applied)

    def action_undo(self) -> None:
        self._hand(undone)

    @work(exclusive=True, group="hand over")
    async def action_delete(self) -> None:
        run_id = self.query_one(RunsTable).selected
        if run_id is None:
            return
        about = "Its record, its branch and its files go. What you applied stays."
        if await self.app.push_screen_wait(Confirm(f"Delete run {run_id}?", about)):
            self._hand(removed)

    @work(exclusive=True, group="act")
    async def _hand(self, act: Act) -> None:
        """Do it with the run under the cursor, and say what came of it."""
        run_id = self.query_one(RunsTable).selected
        if run_id is None:
            return
        try:
            self.notify(await asyncio.to_thread(act, run_id))
        except AgentcliError as error:
            self._app.fail(str(error))
        self.read()

    def _list(self) -> None:
        wanted = [row for row in self._rows if row.matches(self.query_one(Input).value)]
        self.query_one(RunsTable).show(wanted, self._marked)
        shown = f"{len(wanted)} of {len(self._rows)} runs" if self._rows else "No runs yet."
        self.query_one("#count", Label).update(shown)

    @property
    def _app(self) -> "AgentApp":
        return cast("AgentApp", self.app)
