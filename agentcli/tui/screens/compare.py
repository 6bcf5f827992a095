"""Runs of one task in columns, live or past, in step; and their files against each other."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Label

from agentcli.agents.clip import one_line
from agentcli.errors import AgentcliError
from agentcli.journal.store import Journal
from agentcli.plain import plain
from agentcli.runs.beside import Side, patch_between
from agentcli.tui.widgets.column import Column
from agentcli.tui.widgets.diff import Diff
from agentcli.tui.work import Work

if TYPE_CHECKING:
    from agentcli.tui.app import AgentApp

_EVERY = 0.25  # seconds between two looks at the journal
_TASK = 200  # characters


class CompareScreen(Screen[None]):
    """Give it the runs; and those works among them that may not have begun yet."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "measure", "By time"),
        Binding("n", "now", "Now"),
        Binding("d", "diff", "Diff"),
        Binding("v", "columns", "Split"),
        Binding("f", "fork", "Fork"),
        Binding("enter", "open", "Open run"),
        Binding("tab", "next(1)", "Next run", priority=True),
        Binding("shift+tab", "next(-1)", "Run before", show=False, priority=True),
        Binding("f1,question_mark", "app.help", "Help", key_display="f1"),
        Binding("escape", "back", "Back"),
    ]

    def __init__(self, run_ids: Sequence[str], works: Sequence[Work] = ()) -> None:
        super().__init__()
        self._sides = [Side(run_id) for run_id in run_ids]
        self._works = list(works)
        self._journal: Journal | None = None
        self._chosen = 0  # the column that has the keyboard
        self._index: int | None = None  # its step; None: the runs as they stand
        self._by_time = False

    def compose(self) -> ComposeResult:
        yield Label(id="title")
        with Horizontal(id="columns"):
            for side in self._sides:
                yield Column(side)
        yield Diff(id="between")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        try:
            self._journal = Journal()
        except AgentcliError as error:
            self._app.fail(str(error))
            return
        self.query_one(Diff).display = self.size.height >= 30
        self._columns[0].list.focus()
        self._look(first=True)
        self.set_interval(_EVERY, self._look)

    def on_unmount(self) -> None:
        if self._journal is not None:
            self._journal.close()

    # ---- what is shown ----------------------------------------------------------------------

    def _look(self, first: bool = False) -> None:
        """Take in what the runs did since the last look."""
        assert self._journal is not None
        for working in [one for one in self._works if one.over]:
            self._works.remove(working)
            if working.fault:
                self._app.fail(working.fault)
        if sum([side.read_on(self._journal) for side in self._sides]) or first:
            self._show()
        elif any(side.is_live for side in self._sides):
            self._show_columns()

    def _show(self) -> None:
        self._show_columns()
        self._title()
        self.load_patch()

    def _show_columns(self) -> None:
        for column in self._columns:
            column.show(self._place(column.side))

    def _place(self, side: Side) -> int | None:
        """Where another run is, when the chosen one is at its step: by count, or by the clock."""
        if self._index is None:
            return None
        if not self._by_time:
            return self._index
        return max(0, side.at(self._seconds) - 1)

    @property
    def _seconds(self) -> float:
        steps = self._sides[self._chosen].steps
        return steps[min(self._index or 0, len(steps) - 1)].seconds if steps else 0.0

    def _title(self) -> None:
        begun = next((side.view.started for side in self._sides if side.view.started), None)
        task = plain(one_line(begun.task, _TASK)) if begun else ""
        where = "as they stand"
        if self._index is not None:
            where = (
                f"at {self._seconds:.0f} s" if self._by_time else f"after step {self._index + 1}"
            )
        parts = (("compare", "bold $primary"), (f"  {where}  ", "dim"), task)
        self.query_one("#title", Label).update(Content.assemble(*parts))

    @work(exclusive=True, group="patch")
    async def load_patch(self) -> None:
        """The first run's files against those of the chosen one."""
        diff = self.query_one(Diff)
        left, right = self._sides[0], self._sides[self._chosen or 1]
        diff.border_title = f"− {left.run_id}   + {right.run_id}"
        if not diff.display:
            return
        trees = self._tree(left), self._tree(right)
        if not all(trees):
            diff.say("There is nothing to compare yet.")
            return
        try:
            diff.show(await asyncio.to_thread(patch_between, left, right, trees))
        except AgentcliError as error:
            diff.say(str(error))

    def _tree(self, side: Side) -> str:
        place = self._place(side)
        if place is None or place >= len(side.steps) - 1:
            ended = side.view.ended
            return ended.tree if ended and ended.tree else side.view.tree
        return side.steps[place].tree

    # ---- what the keys do -------------------------------------------------------------------

    def on_column_moved(self, message: Column.Moved) -> None:
        self._chosen = self._columns.index(message.column)
        at_end = message.index == len(message.column.side.steps) - 1
        self._index = None if at_end and not self._by_time else message.index
        self._show()

    def action_measure(self) -> None:
        """In step by the clock, or by the count of steps."""
        self._by_time = not self._by_time
        if self._index is None:
            self._index = max(0, len(self._sides[self._chosen].steps) - 1)
        self.notify("In step by time." if self._by_time else "In step by steps.")
        self._show()

    def action_now(self) -> None:
        """The runs as they stand."""
        self._index = None
        self._show()

    def action_next(self, by: int) -> None:
        self._chosen = (self._chosen + by) % len(self._sides)
        self._columns[self._chosen].list.focus()
        self._show()

    def action_diff(self) -> None:
        diff = self.query_one(Diff)
        diff.display = not diff.display
        self.load_patch()

    def action_columns(self) -> None:
        diff = self.query_one(Diff)
        diff.columns = not diff.columns

    def action_fork(self) -> None:
        """Take the chosen run another way from its marked step on."""
        column = self._columns[self._chosen]
        if (marked := column.list.highlighted) is not None:
            step = column.side.steps[marked]
            self._app.fork_run(column.side.run_id, step.own, step.agent)

    def on_option_list_option_selected(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        self._app.open_run(self._sides[self._chosen].run_id)

    def action_back(self) -> None:
        self.dismiss()

    @property
    def _columns(self) -> list[Column]:
        return list(self.query(Column))

    @property
    def _app(self) -> "AgentApp":
        return cast("AgentApp", self.app)
