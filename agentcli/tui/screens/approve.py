"""Asks before something leaves the sandbox, and says why it would."""

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from agentcli.tui.approvals import Wish

Answer = Literal["no", "once", "session", "always"]


class Approve(ModalScreen[Answer]):
    """Four answers, a key each; escape is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer('once')", "Once"),
        Binding("s", "answer('session')", "Session"),
        Binding("r", "answer('always')", "Always"),
        Binding("n,escape", "answer('no')", "No"),
    ]

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self._wish = wish

    def compose(self) -> ComposeResult:
        answers = {
            "y": "yes, this once",
            "s": "yes, in this session",
            "r": f'yes, always: a rule in your settings file, allow = ["{self._wish.matter}"]',
            "n": "no",
        }
        lines = [Content.assemble((key, "bold"), f"  {says}") for key, says in answers.items()]
        with Vertical(id="confirm"):
            yield Label(Content.styled(self._wish.question, "bold"))
            yield Static(Content(self._wish.reason))
            yield Static(Content("\n").join(lines), id="answers")

    def action_answer(self, answer: Answer) -> None:
        self.dismiss(answer)
