"""What the person has said to agents, and whether it has been heard."""

from textual.content import Content
from textual.widgets import Static

from agentcli.agents.clip import one_line
from agentcli.journal.mail_folds import LetterView
from agentcli.plain import plain
from agentcli.tui.sight import Sight
from agentcli.tui.words import ink, when

_SHOWN = 5  # the last ones


class Mail(Static):
    """A line a message. Hidden while nothing was said."""

    BORDER_TITLE = "Your messages"

    def show(self, sight: Sight) -> None:
        """Bring it up to date."""
        letters = sight.record.mail.persons
        self.display = bool(letters)
        lines = [_line(letter, sight.is_live) for letter in letters[-_SHOWN:]]
        self.update(Content("\n").join(lines))


def _line(letter: LetterView, live: bool) -> Content:
    if letter.heard_at is not None:
        sign, color, state = "✓", "success", f"heard {when(letter.heard_at)}"
    elif live:
        sign, color, state = "◌", "warning", "waits for its next step"
    else:
        sign, color, state = "◌", "muted", "not heard; a resume delivers it"
    what = {"interrupt": "stop", "redirect": "now"}.get(letter.kind, "")
    words = " ".join(filter(None, [what, one_line(letter.text, 120)]))
    return Content.assemble(
        (f"{sign} ", ink(color)),
        (f"{letter.to} ", "bold"),
        plain(words),
        (f"  {state}", ink(color)),
    )
