"""What one agent does, as it does it: words in full, acts as a line that opens."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agentcli.tui.lines import Item

MOUNTED = 200  # items in the list; older ones are in the journal


class Stream(OptionList):
    """The last items of an agent. Follows the newest unless the person has gone up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open_close", "Open", show=False)
    ]

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._items: list[Item] = []
        self._open: set[int] = set()

    def show(self, items: Sequence[Item], *, fresh: bool = False) -> None:
        """Show these items; `fresh`: they are another agent's."""
        wanted = list(items)[-MOUNTED:]
        follows = fresh or self.highlighted is None or self.highlighted >= len(self._items) - 1
        known = len(self._items)
        if not fresh and known and wanted[:known] == self._items:
            self.add_options([self._option(item) for item in wanted[known:]])
        elif fresh or wanted != self._items:
            self.clear_options()
            self.add_options([self._option(item) for item in wanted])
        self._items = wanted
        if follows and wanted:
            self.highlighted = len(wanted) - 1

    def action_open_close(self) -> None:
        """Open the item under the cursor, or close it."""
        if self.highlighted is None:
            return
        item = self._items[self.highlighted]
        if item.more:
            self._open ^= {item.seq}
            self.replace_option_prompt_at_index(self.highlighted, self._prompt(item))

    def _option(self, item: Item) -> Option:
        return Option(self._prompt(item))

    def _prompt(self, item: Item) -> Content:
        lines = item.text.splitlines() or [""]
        opened = item.seq in self._open
        mark = {"▸": "▾"}.get(item.mark, item.mark) if opened else item.mark
        styled = item.tone if item.mark != "▸" else "text"
        head = Content.assemble((f"{mark} ", f"${item.tone}"), ("\n  ".join(lines), f"${styled}"))
        if not opened:
            return head
        more = "\n".join(f"  │ {line}" for line in item.more.splitlines())
        return Content.assemble(head, "\n", (more, "$text-muted"))
