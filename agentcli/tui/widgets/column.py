"""One run of a comparison: where it stands, and its steps below; the one in step is marked."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from agentcli.runs.beside import Side, Step, facts
from agentcli.tui.words import amount, clock, ink, tone

_NAME = 10  # cells of a fact's name
_OPEN = 32  # last steps whose acts may still come in: one of each agent at work
_TESTS = {"pass": "success", "fail": "error"}


class Column(Vertical):
    """`Moved` tells where the person went in it; `show` follows where others went."""

    class Moved(Message):
        """The person is at this step of this column (counted from 0)."""

        def __init__(self, column: "Column", index: int) -> None:
            super().__init__()
            self.column = column
            self.index = index

    def __init__(self, side: Side) -> None:
        super().__init__(classes="column")
        self.side = side
        self._lines: list[Content] = []

    def compose(self) -> ComposeResult:
        self.border_title = self.side.run_id
        yield Static(classes="facts")
        yield OptionList(classes="steps")

    @property
    def list(self) -> OptionList:
        """The steps, which take the keyboard."""
        return self.query_one(OptionList)

    def show(self, index: int | None) -> None:
        """Show the run as it stood after step `index`, or as it stands, for None."""
        steps = self.side.steps
        at = None if index is None or not steps else min(index, len(steps) - 1)
        step = steps[at] if at is not None and at < len(steps) - 1 else None
        lines = [_fact(*fact, self.side.status) for fact in facts(self.side, step)]
        self.query_one(Static).update(Content("\n").join(lines))
        self._list_steps(steps)
        last = len(steps) - 1 if steps else None
        with self.prevent(OptionList.OptionHighlighted):
            self.list.highlighted = last if at is None else at

    def _list_steps(self, steps: Sequence[Step]) -> None:
        lines = [_step(step) for step in steps]
        known = len(self._lines)
        with self.prevent(OptionList.OptionHighlighted):
            for index in range(max(0, known - _OPEN), known):
                if lines[index] != self._lines[index]:
                    self.list.replace_option_prompt_at_index(index, lines[index])
            self.list.add_options([Option(line) for line in lines[known:]])
        self._lines = lines

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        message.stop()
        self.post_message(self.Moved(self, message.option_index))


def _fact(name: str, words: str, status: str) -> Content:
    color = "foreground"
    if name == "status":
        color = tone(status)
    elif name == "tests":
        color = _TESTS.get(words.partition(",")[0], "muted")
    return Content.assemble((f"{name:<{_NAME}}", "dim"), (words, ink(color)))


def _step(step: Step) -> Content:
    mark = {True: ("✓ ", "$success"), False: ("✗ ", "$error"), None: ("", "")}[step.passed]
    where = f"{step.number:>3} {clock(step.seconds):>5} {amount(step.tokens):>6}  "
    return Content.assemble((where, "dim"), (f"{step.agent} ", "$primary"), mark, step.act)
