"""What one agent does, as it does it: words in full, acts as a line that opens."""

import re
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.visual import VisualType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agentcli.tui.lines import Detail, Item
from agentcli.tui.sight import Sight
from agentcli.tui.words import ink

MOUNTED = 200  # items in the list at first; beyond twice as many, older ones are left out

_MARKUP = re.compile(r"[*_`#>|\[]|^\s*(?:[-+]|\d+[.)]) ", re.MULTILINE)  # else plain, far quicker


class Stream(OptionList):
    """The last items of an agent. Follows the newest unless the person has gone up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open_close", "Open", show=False)
    ]

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._agent = ""
        self._items: list[Item] = []
        self._open: set[int] = set()

    def show(self, sight: Sight) -> None:
        """Show the selected agent's items."""
        fresh = sight.agent != self._agent
        self._agent = sight.agent
        items = sight.record.stream(sight.agent)
        follows = fresh or self.highlighted is None or self.highlighted >= len(self._items) - 1
        new = items if fresh or not self._items else _after(items, self._items[-1].seq)
        if not new and not fresh:
            return
        if fresh or len(self._items) + len(new) > 2 * MOUNTED:
            self._items = items[-MOUNTED:]
            self.clear_options()
            self.add_options([Option(self._prompt(item)) for item in self._items])
        else:
            self._items += new
            self.add_options([Option(self._prompt(item)) for item in new])
        if follows and self._items:
            self.highlighted = len(self._items) - 1
            self.call_after_refresh(self.scroll_to_highlight)  # its place is known by then

    def action_open_close(self) -> None:
        """Open the item under the cursor, or close it."""
        if self.highlighted is None:
            return
        item = self._items[self.highlighted]
        if item.more:
            self._open ^= {item.seq}
            self.replace_option_prompt_at_index(self.highlighted, self._prompt(item))

    def _prompt(self, item: Item) -> VisualType:
        opened = item.seq in self._open
        if item.is_markdown:
            text = item.more[0].text if opened else item.text
            return _markdown(text) if _MARKUP.search(text) else _indented(text)
        lines = item.text.splitlines() or [""]
        mark = {"▸": "▾"}.get(item.mark, item.mark) if opened else item.mark
        styled = item.tone if item.mark != "▸" else "text"
        head = Content.assemble((f"{mark} ", ink(item.tone)), ("\n  ".join(lines), ink(styled)))
        if not opened:
            return head
        return Content("\n").join([head, *(_inset(_painted(detail)) for detail in item.more)])


def _after(items: Sequence[Item], seq: int) -> list[Item]:
    """The items that came after this one."""
    return [item for item in items if item.seq > seq]


def _indented(text: str) -> Content:
    return Content("\n".join(f"  {line}" for line in text.splitlines()))


def _markdown(text: str) -> VisualType:
    from rich.markdown import Markdown  # only where somebody reads
    from rich.padding import Padding

    return Padding(Markdown(text, code_theme="ansi_dark"), (0, 0, 0, 2))


def _inset(content: Content) -> Content:
    rule = Content.styled("  │ ", "dim")
    return Content("\n").join(rule + line for line in content.split("\n", allow_blank=True))


def _painted(detail: Detail) -> Content:
    match detail.form:
        case "code":
            from textual.highlight import highlight

            return highlight(detail.text, path=detail.path)
        case "patch":
            return Content("\n").join(map(_signed, detail.text.splitlines()))
        case _:
            return Content.styled(detail.text, "dim")


def _signed(line: str) -> Content:
    tone = "$text-success on $success 15%" if line.startswith("+") else "$text-error on $error 15%"
    return Content.styled(line, tone)
