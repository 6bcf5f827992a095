"""One moment of the timeline in full: what was touched, why, and the tests before and after."""

from textual.content import Content
from textual.widgets import Static

from agentcli.tui.moments import Moment
from agentcli.tui.words import ink

_COLORS = {"✗": "error", "✓": "success"}


class Facts(Static):
    """A line a fact."""

    def show(self, moment: Moment | None) -> None:
        """Bring it up to date."""
        self.display = moment is not None
        if moment is not None:
            reason = Content.assemble(("stated reason: ", "dim"), moment.reason or "none")
            self.update(Content("\n").join([reason, *map(_line, moment.facts)]))


def _line(fact: str) -> Content:
    color = _COLORS.get(fact[:1])
    return Content.styled(fact, ink(color)) if color else Content(fact)
