"""A pending override asks here, when the gate is `human`: the run waits for the answer."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from agentcli.agents.clip import one_line
from agentcli.plain import plain
from agentcli.tui.widgets.diff import Diff

if TYPE_CHECKING:
    from agentcli.delegation.gates.base import Question

_GOAL = 300  # characters


class GateScreen(ModalScreen[bool]):
    """Both versions beside each other, who wants it and why, two answers."""

    AUTO_FOCUS = "Diff"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Allow it"),
        Binding("n", "answer(False)", "Deny it"),
        Binding("v", "columns", "Split"),
    ]

    def __init__(self, question: "Question") -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        asked = self._question.request
        with Vertical(id="gate") as box:
            box.border_title = "an override waits for you"
            yield Static(
                Content.assemble(
                    (f"{asked.parent} wants to override {asked.child}", "bold"),
                    (f"  {asked.act}", "$text-warning"),
                    ("\nbrief: ", "dim"),
                    plain(one_line(asked.brief.goal, _GOAL)),
                    ("\nstated reason: ", "dim"),
                    plain(asked.stated) or "none",
                )
            )
            diff = Diff(columns=True)
            diff.border_title = "− stands now   + with the override"
            yield diff
            yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(Diff).show(self._question.patch)

    def action_answer(self, allow: bool) -> None:
        self.dismiss(allow)

    def action_columns(self) -> None:
        diff = self.query_one(Diff)
        diff.columns = not diff.columns
