"""Ask from which step on a run shall be taken another way."""

import re
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from agentcli.ids import ROOT_AGENT

_FORM = re.compile(r"(?:(?P<agent>\d+(?:\.\d+)*):)?(?P<step>\d+)?")
_ABOUT = (
    "What was before the step is taken from the record and costs nothing. The run itself stays "
    "as it is. Another agent's step: 1.2:3. Empty: the last step."
)


@dataclass(frozen=True)
class Place:
    """An agent's step; None for its last."""

    step: int | None
    agent: str = ROOT_AGENT


class ForkScreen(ModalScreen[Place | None]):
    """Enter forks, Escape doesn't."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self._run_id = run_id

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm"):
            yield Label(Content.styled(f"Take run {self._run_id} another way from step …", "bold"))
            yield Static(_ABOUT)
            yield Input(placeholder="the last step", id="step", compact=True)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        found = _FORM.fullmatch(message.value.strip())
        if found is None:
            self.notify("A step is a number, such as 4 or 1.2:4.", severity="error")
            return
        step = int(found["step"]) if found["step"] else None
        self.dismiss(Place(step, found["agent"] or ROOT_AGENT))

    def action_leave(self) -> None:
        self.dismiss(None)
