"""The override inspector: when a parent stepped in, and both versions of the work it changed."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Label, Static

from agentcli.errors import AgentcliError
from agentcli.journal.ledger_folds import LedgerView, fold_ledger
from agentcli.journal.store import Journal
from agentcli.tui.handing import applied, completed, override_patch, restored
from agentcli.tui.moments import moments, why_none
from agentcli.tui.screens.confirm import Confirm
from agentcli.tui.widgets.diff import Diff
from agentcli.tui.widgets.facts import Facts
from agentcli.tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from agentcli.tui.app import AgentApp


class OverridesScreen(Screen[None]):
    """Of one run. What was not measured yet is measured on demand."""

    AUTO_FOCUS = "#timeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "keep", "Keep parent's"),
        Binding("R", "restore", "Restore child's"),
        Binding("e", "measure", "Measure effects"),
        Binding("a", "apply", "Apply"),
        Binding("v", "columns", "Split"),
        Binding("ctrl+r", "read", "Read again", show=False),
        Binding("f1,question_mark", "app.help", "Help", key_display="f1"),
        Binding("escape,o", "dismiss_page", "Back", key_display="esc"),
    ]

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self._run_id = run_id

    def compose(self) -> ComposeResult:
        yield Label(f"[b $primary]overrides[/]  [dim]{self._run_id}[/]", id="title")
        yield Timeline(id="timeline")
        yield Static(id="nothing")
        yield Facts(id="facts")
        yield Diff(id="versions", columns=True)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(Diff).border_title = "− child's version   + parent's version"
        self.action_read()

    # ---- what is shown ----------------------------------------------------------------------

    def action_read(self) -> None:
        self.read()

    @work(exclusive=True, group="ledger")
    async def read(self) -> None:
        try:
            self._show(await asyncio.to_thread(_ledger, self._run_id))
        except AgentcliError as error:
            self._app.fail(str(error))

    def _show(self, view: LedgerView) -> None:
        found = moments(view)
        timeline, nothing = self.query_one(Timeline), self.query_one("#nothing", Static)
        timeline.display = self.query_one(Diff).display = bool(found)
        nothing.display = not found
        nothing.update(why_none(view))
        timeline.show(found)
        self._show_moment()

    def on_option_list_option_highlighted(self) -> None:
        self._show_moment()

    def _show_moment(self) -> None:
        moment = self.query_one(Timeline).selected
        self.query_one(Facts).show(moment)
        if moment is not None and moment.number is not None:
            self.load_versions(moment.number)
        else:
            self.query_one(Diff).say("An interruption changes no files by itself.")

    @work(exclusive=True, group="versions")
    async def load_versions(self, number: int) -> None:
        diff = self.query_one(Diff)
        try:
            diff.show(await asyncio.to_thread(override_patch, self._run_id, number))
        except AgentcliError as error:
            diff.say(str(error))

    # ---- what the keys do -------------------------------------------------------------------

    def action_keep(self) -> None:
        """The parent's version stands as it is: on to the next."""
        self.notify("The parent's version stays.")
        self.query_one(Timeline).action_cursor_down()

    @work(exclusive=True, group="hand over")
    async def action_restore(self) -> None:
        moment = self.query_one(Timeline).selected
        if moment is None or moment.number is None:
            self.notify("Only an override has a version to restore.")
            return
        about = "As a commit on the run's branch; what came later is kept, your files stay."
        question = f"Take the child's version of override {moment.number} after all?"
        if await self.app.push_screen_wait(Confirm(question, about)):
            number = moment.number
            await self._act(lambda run_id: restored(run_id, number))

    @work(exclusive=True, group="hand over")
    async def action_apply(self) -> None:
        if await self._app.may_apply(self._run_id):
            await self._act(applied)

    async def _act(self, act: Callable[[str], str]) -> None:
        try:
            self.notify(await asyncio.to_thread(act, self._run_id))
        except AgentcliError as error:
            self._app.fail(str(error))
        self.read()

    @work(thread=True, exclusive=True, group="measure")
    def action_measure(self) -> None:
        """Run the tests on both versions of what was not measured, beside the screen."""
        call = self.app.call_from_thread
        try:
            view = asyncio.run(completed(self._run_id, lambda line: call(self.notify, line)))
        except AgentcliError as error:
            call(self._app.fail, str(error))
        else:
            call(self._show, view)

    def action_columns(self) -> None:
        diff = self.query_one(Diff)
        diff.columns = not diff.columns

    def action_dismiss_page(self) -> None:
        self.dismiss()

    @property
    def _app(self) -> "AgentApp":
        return cast("AgentApp", self.app)


def _ledger(run_id: str) -> LedgerView:
    with Journal() as journal:
        return fold_ledger(run_id, journal.events(run_id))
