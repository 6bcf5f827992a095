"""A run: its agents, the stream of the selected one, its diff, its overrides.

Everything comes from the journal, which is read on ten times a second while the run lasts, so a
run of this process, of another one and of last week look the same.
"""

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static, TabbedContent, TabPane

from agentcli.agents.clip import one_line
from agentcli.errors import AgentcliError
from agentcli.ids import ROOT_AGENT
from agentcli.journal.ledger_folds import fold_ledger
from agentcli.journal.store import Journal
from agentcli.plain import plain
from agentcli.runs.look import live_status
from agentcli.tui.handing import Act, applied, files, patch_of, undone
from agentcli.tui.record import Record
from agentcli.tui.widgets.agents import Agents
from agentcli.tui.widgets.budget import Budget
from agentcli.tui.widgets.diff import Diff
from agentcli.tui.widgets.ledger import Ledger
from agentcli.tui.widgets.stream import Stream
from agentcli.tui.work import Work

if TYPE_CHECKING:
    from agentcli.tui.app import AgentApp

_EVERY = 0.1  # seconds between two looks at the journal


class RunScreen(Screen[None]):
    """Give it a run's id, or the work that will have one in a moment."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as in the base
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,ctrl+c", "stop", "Stop", priority=True, key_display="x"),
        Binding("a", "apply", "Apply"),
        Binding("u", "undo", "Undo"),
        Binding("r", "resume", "Resume"),
        Binding("s", "tab('stream')", "Stream", show=False),
        Binding("d", "tab('diff')", "Diff"),
        Binding("o", "tab('overrides')", "Overrides"),
        Binding("f1,question_mark", "app.help", "Help", key_display="f1"),
        Binding("escape", "back", "Back"),
    ]

    def __init__(self, run_id: str = "", working: Work | None = None) -> None:
        super().__init__()
        self.record = Record(run_id)
        self._work = working
        self._journal: Journal | None = None
        self._status = ""
        self._agent = ""

    def compose(self) -> ComposeResult:
        yield Budget(id="budget")
        yield Static(id="task")
        with Horizontal(id="body"):
            yield Agents(id="agents")
            with TabbedContent(id="views"):
                with TabPane("Stream", id="stream-pane"):
                    yield Stream(id="stream")
                    yield Static(id="writing")
                with TabPane("Diff", id="diff-pane"):
                    yield Diff(id="diff")
                with TabPane("Overrides", id="overrides-pane"):
                    yield Ledger(id="overrides")
        yield Static(id="outcome")
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        self.query_one(Stream).focus()
        try:
            self._journal = Journal()
        except AgentcliError as error:
            self._app.fail(str(error))
            return
        if self.record.view.run_id:
            self.record = await asyncio.to_thread(_read_whole, self.record.view.run_id)
        self._paint()
        self.set_interval(_EVERY, self._look)

    def on_unmount(self) -> None:
        if self._journal is not None:
            self._journal.close()

    # ---- what is shown ----------------------------------------------------------------------

    def _look(self) -> None:
        """Take in what was written since the last look."""
        working = self._work
        if working is not None and working.run_id and not self.record.view.run_id:
            self.record = Record(working.run_id)
        if working is not None and working.over:
            self._work = None
            if working.fault is not None:
                self._could_not(working)
        new = self._journal is not None and self.record.read_on(self._journal)
        if new or working is not None or self.record.view.ended is None:
            self._paint()
        if new and self._pane == "diff-pane":
            self.load_diff()

    def _could_not(self, working: Work) -> None:
        self._app.fail(working.fault or "")
        if not self.record.view.run_id:
            self._app.take_back(working.task)
            self.dismiss()

    def _paint(self) -> None:
        view, working = self.record.view, self._work
        if working is not None and not working.over:
            self._status = "at work" if view.run_id else "starting"
        else:
            self._status = live_status(view)
        live = self._status in ("at work", "starting")
        seconds = time.time() - view.began if live and view.began else view.seconds
        budget = self.query_one(Budget)
        budget.show(view, self._status, self.record.settings.get("max_tokens"), seconds)
        task = view.started.task if view.started else (working.task if working else "")
        self.query_one("#task", Static).update(Content(" " + plain(one_line(task, 300))))
        self.query_one(Agents).show(view, live)
        self._show_stream()
        self._show_writing()
        self.query_one("#outcome", Static).update(self._outcome())

    def _show_stream(self) -> None:
        agent = self.query_one(Agents).selected or ROOT_AGENT
        self.query_one(Stream).show(self.record.stream(agent), fresh=agent != self._agent)
        self._agent = agent

    def _show_writing(self) -> None:
        """The end of the reply that streams in, or what the run is getting ready."""
        text, working = "", self._work
        if working is not None and not working.over:
            text = working.writing.get(self._agent, "") if working.run_id else working.said
        line = self.query_one("#writing", Static)
        line.display = bool(text)
        line.update(Content.styled(plain("\n".join(text.splitlines()[-3:])), "$text-muted italic"))

    def _outcome(self) -> Content:
        view = self.record.view
        parts: list[tuple[str, str]] = []
        if view.verified is not None:
            passed = view.verified.check.passed
            sign, style = ("✓ tests pass", "$success") if passed else ("✗ tests fail", "$error")
            parts.append((sign, style))
        if view.ended is not None and view.ended.reason:
            parts.append((plain(one_line(view.ended.reason, 200)), ""))
        if self._status == "killed":
            parts.append(("It was killed. r goes on with it where it stood.", "$warning"))
        if view.applied is not None:
            parts.append(("applied", "$success"))
        elif view.ended is not None and view.landed is not None:
            parts.append((f"{files(len(view.landed.changes))} changed: a applies", "$primary"))
        return Content(" ") + Content(" · ").join(Content.styled(*part) for part in parts)

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        if message.option_list.id == "agents" and message.option.id != self._agent:
            self._show_stream()

    def on_tabbed_content_tab_activated(self, message: TabbedContent.TabActivated) -> None:
        if message.pane.id == "diff-pane":
            self.load_diff()
        elif message.pane.id == "overrides-pane":
            self._show_ledger()

    def _show_ledger(self) -> None:
        if self._journal is not None:
            run_id = self.record.view.run_id
            self.query_one(Ledger).show(fold_ledger(run_id, self._journal.events(run_id)))

    @work(exclusive=True, group="diff")
    async def load_diff(self) -> None:
        """Ask the run's repository for its patch, beside the screen."""
        diff = self.query_one(Diff)
        try:
            diff.show(await asyncio.to_thread(patch_of, self.record.view))
        except AgentcliError as error:
            diff.say(str(error))

    # ---- what the keys do -------------------------------------------------------------------

    def action_tab(self, name: str) -> None:
        self.query_one(TabbedContent).active = f"{name}-pane"
        target = {"stream": Stream, "diff": Diff}.get(name)
        (self.query_one(target) if target else self.query_one("#entries")).focus()

    def action_stop(self) -> None:
        working = self._app.works.of(self.record.view.run_id) or self._work
        if working is None or working.over:
            self.notify("It is not at work in this window.")
            return
        working.stop()
        self.notify("Stopping; what stands is kept.")

    def action_resume(self) -> None:
        working = self._app.works.of(self.record.view.run_id)
        if working is not None and self.record.view.ended is None:
            self.notify("It is at work already.")
            return
        self._work = self._app.works.resume(self.record.view.run_id)

    def action_apply(self) -> None:
        self._hand(applied)

    def action_undo(self) -> None:
        self._hand(undone)

    def action_back(self) -> None:
        self.dismiss()

    @work(exclusive=True, group="hand over")
    async def _hand(self, act: Act) -> None:
        try:
            self.notify(await asyncio.to_thread(act, self.record.view.run_id))
        except AgentcliError as error:
            self._app.fail(str(error))

    @property
    def _pane(self) -> str:
        return self.query_one(TabbedContent).active

    @property
    def _app(self) -> "AgentApp":
        return cast("AgentApp", self.app)


def _read_whole(run_id: str) -> Record:
    record = Record(run_id)
    with Journal() as journal:
        record.read_on(journal)
    return record
