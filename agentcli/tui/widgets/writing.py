"""The end of the reply that streams in."""

from textual.content import Content
from textual.widgets import Static

from agentcli.plain import plain
from agentcli.tui.sight import Sight

_LINES = 3


class Writing(Static):
    """The last lines. Hidden while nothing streams in."""

    def show(self, sight: Sight) -> None:
        """Bring it up to date."""
        self.display = bool(sight.writing)
        last = "\n".join(sight.writing.splitlines()[-_LINES:])
        self.update(Content.styled(plain(last), "dim italic"))
