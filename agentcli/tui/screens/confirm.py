"""A question with two answers. Escape and N say no, Y says yes."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from agentcli.tui.widgets.diff import Diff


class Confirm(ModalScreen[bool]):
    """Asks before what can't be taken back; with a patch when it is about one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
    ]

    def __init__(self, question: str, details: str = "", patch: str = "") -> None:
        super().__init__()
        self._question = question
        self._details = details
        self._patch = patch

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm"):
            yield Label(Content.styled(self._question, "bold"))
            if self._details:
                yield Static(Content(self._details))
            if self._patch:
                yield Diff()
            yield Label("[b]y[/b] yes   [b]n[/b] no", id="answers")

    def on_mount(self) -> None:
        if self._patch:
            diff = self.query_one(Diff)
            diff.show(self._patch)
            diff.focus()

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
