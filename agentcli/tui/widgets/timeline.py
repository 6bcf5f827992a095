"""The timeline of interruptions and overrides: two lines each, in the order of the acts."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agentcli.agents.clip import one_line
from agentcli.tui.moments import Moment
from agentcli.tui.words import ink

_EFFECTS = {"harmful": "error", "helpful": "success", "mixed": "warning"}
_REASON = 200  # characters


class Timeline(OptionList):
    """The highlighted moment is the one whose versions are shown."""

    BORDER_TITLE = "Interruptions and overrides"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._moments: Sequence[Moment] = ()

    @property
    def selected(self) -> Moment | None:
        """The moment under the cursor."""
        return None if self.highlighted is None else self._moments[self.highlighted]

    def show(self, moments: Sequence[Moment]) -> None:
        """Show these; the cursor stays where it was."""
        at = self.highlighted or 0
        self._moments = moments
        self.clear_options()
        self.add_options([Option(_lines(moment)) for moment in moments])
        self.highlighted = min(at, len(moments) - 1) if moments else None


def _lines(moment: Moment) -> Content:
    color = ink(_EFFECTS.get(moment.effect, "muted"))
    restored = " · child's version restored" if moment.is_restored else ""
    reason = f"“{one_line(moment.reason, _REASON)}”" if moment.reason else "no reason given"
    return Content.assemble(
        (f"{moment.number or '·':>3}  ", "bold"),
        (moment.who, "bold"),
        (f"  {moment.what}", ink("warning")),
        (f"  {moment.when}", "dim"),
        (f"  {moment.effect}" if moment.effect else "", color),
        (restored, ink("success")),
        "\n",
        (f"     {reason}", "dim"),
    )
