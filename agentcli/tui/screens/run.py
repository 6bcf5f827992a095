"""A run: its agents, the stream of the selected one, plan, budget and diff.

Everything comes from the journal, which is read on ten times a second while the run lasts, so a
run of this process, of another one and of last week look the same.
"""

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, OptionList, TabbedContent, TabPane

from agentcli.errors import AgentcliError
from agentcli.ids import ROOT_AGENT
from agentcli.journal.store import Journal
from agentcli.runs.look import live_status
from agentcli.runs.mail import Way
from agentcli.tui.handing import Act, applied, patch_of, told, undone
from agentcli.tui.record import Record
from agentcli.tui.sight import Part, Sight
from agentcli.tui.widgets.agents import Agents
from agentcli.tui.widgets.diff import Diff
from agentcli.tui.widgets.headline import Headline
from agentcli.tui.widgets.limits import Limits
from agentcli.tui.widgets.mail import Mail
from agentcli.tui.widgets.outcome import Outcome
from agentcli.tui.widgets.plan import Plan
from agentcli.tui.widgets.say import Say
from agentcli.tui.widgets.stream import Stream
from agentcli.tui.widgets.writing import Writing
from agentcli.tui.work import Work

if TYPE_CHECKING:
    from agentcli.tui.app import AgentApp

_EVERY = 0.1  # seconds between two looks at the journal
_PARTS: tuple[type[Widget], ...] = (Headline, Stream, Writing, Plan, Limits, Mail, Outcome)


class RunScreen(Screen[None]):
    """Give it a run's id, or the work that will have one in a moment."""

    AUTO_FOCUS = "#stream"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (160, "-wide")]  # noqa: RUF012 - as in the base
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "say('message')", "Message"),
        Binding("i", "say('redirect')", "Interrupt", show=False),
        Binding("k", "say('interrupt')", "Stop agent", show=False),
        Binding("x,ctrl+c", "stop", "Stop", priority=True, key_display="x"),
        Binding("r", "resume", "Resume"),
        Binding("a", "apply", "Apply"),
        Binding("u", "undo", "Undo", show=False),
        Binding("s", "tab('stream')", "Stream", show=False),
        Binding("d", "tab('diff')", "Diff"),
        Binding("o", "overrides", "Overrides"),
        Binding("v", "columns", "Split", show=False),
        Binding("w", "whole", "Whole run", show=False),
        Binding("p", "side", "Plan", show=False),
        Binding("f1,question_mark", "app.help", "Help", key_display="f1"),
        Binding("escape", "back", "Back"),
    ]

    def __init__(self, run_id: str = "", working: Work | None = None) -> None:
        super().__init__()
        self.record = Record(run_id)
        self._work = working
        self._journal: Journal | None = None
        self._whole_diff = True

    def compose(self) -> ComposeResult:
        yield Headline(id="headline")
        with Container(id="body"):
            yield Agents(id="agents")
            with TabbedContent(id="views"):
                with TabPane("Stream", id="stream-pane"):
                    yield Stream(id="stream")
                    yield Writing(id="writing")
                with TabPane("Diff", id="diff-pane"):
                    yield Diff(id="diff")
            with Vertical(id="side"):
                yield Plan(id="plan")
                yield Limits(id="limits")
                yield Mail(id="mail")
        yield Say(id="say")
        yield Outcome(id="outcome")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.call_after_refresh(self._begin)  # once what stands in the tabs is there, too

    async def _begin(self) -> None:
        try:
            self._journal = Journal()
        except AgentcliError as error:
            self._app.fail(str(error))
            return
        if run_id := self.record.view.run_id:
            self.record = await asyncio.to_thread(_read_outline, run_id)
            self._paint()
            self.record = await asyncio.to_thread(_read_whole, run_id)
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
        sight = self._sight()
        self.query_one(Agents).show(sight)  # first: it decides whose stream is shown
        sight = self._sight()
        for kind in _PARTS:
            cast("Part", self.query_one(kind)).show(sight)

    def _sight(self) -> Sight:
        view, working = self.record.view, self._work
        at_it = working is not None and not working.over
        status = ("at work" if view.run_id else "starting") if at_it else live_status(view)
        live = at_it or status == "at work"
        seconds = time.time() - view.began if live and view.began else view.seconds
        agent = self.query_one(Agents).selected or ROOT_AGENT
        writing = ""
        if working is not None and at_it:
            writing = working.writing.get(agent, "") if working.run_id else working.said
        return Sight(self.record, status, seconds, agent, writing)

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        if message.option_list.id != "agents":
            return
        sight = self._sight()
        self.query_one(Stream).show(sight)
        self.query_one(Writing).show(sight)
        if self._pane == "diff-pane" and not self._whole_diff:
            self.load_diff()

    def on_tabbed_content_tab_activated(self, message: TabbedContent.TabActivated) -> None:
        if message.pane.id == "diff-pane":
            self.load_diff()

    @work(exclusive=True, group="diff")
    async def load_diff(self) -> None:
        """Ask the run's repository for a patch, beside the screen."""
        diff = self.query_one(Diff)
        agent = None if self._whole_diff else self._sight().agent
        diff.border_title = "whole run" if agent is None else f"agent {agent}"
        try:
            diff.show(await asyncio.to_thread(patch_of, self.record.view, agent))
        except AgentcliError as error:
            diff.say(str(error))

    # ---- what the keys do -------------------------------------------------------------------

    def action_tab(self, name: str) -> None:
        self.query_one(TabbedContent).active = f"{name}-pane"
        self.query_one(f"#{name}").focus()

    def action_columns(self) -> None:
        diff = self.query_one(Diff)
        diff.columns = not diff.columns
        self.action_tab("diff")

    def action_whole(self) -> None:
        self._whole_diff = not self._whole_diff
        self.action_tab("diff")
        self.load_diff()

    def action_overrides(self) -> None:
        from agentcli.tui.screens.overrides import OverridesScreen

        self.app.push_screen(OverridesScreen(self.record.view.run_id))

    def action_side(self) -> None:
        self.toggle_class("-side")

    def action_say(self, way: str) -> None:
        sight = self._sight()
        if sight.is_live:
            self.query_one(Say).ask(sight.agent, way)
        else:
            self.notify("Nobody is at work who would hear it. r goes on with the run.")

    def on_say_told(self, message: Say.Told) -> None:
        self.query_one(Stream).focus()
        way = cast("Way", message.way)
        self._hand(lambda run_id: told(run_id, message.agent, way, message.text))

    def action_stop(self) -> None:
        working = self._app.works.of(self.record.view.run_id) or self._work
        if working is None or working.over:
            self.notify("It is not at work in this window.")
            return
        working.stop()
        self.notify("Stopping; what stands is kept.")

    @work(exclusive=True, group="resume")
    async def action_resume(self) -> None:
        run_id = self.record.view.run_id
        working = self._app.works.of(run_id)
        if working is not None and self.record.view.ended is None:
            self.notify("It is at work already.")
        elif await self._app.may_go_on(run_id):
            self._work = self._app.works.resume(run_id)

    @work(exclusive=True, group="apply")
    async def action_apply(self) -> None:
        if await self._app.may_apply(self.record.view.run_id):
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


def _read_outline(run_id: str) -> Record:
    record = Record(run_id)
    with Journal() as journal:
        record.read_outline(journal)
    return record


def _read_whole(run_id: str) -> Record:
    record = Record(run_id)
    with Journal() as journal:
        record.read_on(journal)
    return record
