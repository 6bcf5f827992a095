"""The input for a task: Enter sends it, Ctrl-J begins a new line, pasted text stays as it is."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea


class Prompt(TextArea):
    """A text area that is sent with Enter. While it `chooses`, keys go to the list of offers."""

    class Sent(Message):
        """The person has said what to do."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Choosing(Message):
        """A key for the list of offers."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class Recalling(Message):
        """The person asks for earlier tasks."""

    class Leaving(Message):
        """The person goes down, out of the prompt."""

    def __init__(self, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(id=id, placeholder=placeholder)
        self.cursor_blink = False  # drawing it anew twice a second is all that an idle screen does
        self.chooses = False

    @property
    def typed(self) -> str:
        """The text before the cursor."""
        return self.get_text_range((0, 0), self.cursor_location)

    def complete(self, text: str, start: int) -> None:
        """Put a text in the place of what was typed from `start` to the cursor."""
        line = self.typed[:start].count("\n")
        column = start - (self.typed[:start].rfind("\n") + 1)
        self.replace(text, (line, column), self.cursor_location)

    async def _on_key(self, event: events.Key) -> None:
        message = self._meaning(event.key)
        if message is None:
            await super()._on_key(event)
            return
        event.prevent_default()
        event.stop()
        self.post_message(message)

    def _meaning(self, key: str) -> Message | None:
        """What a key asks for, if it does not edit the text."""
        match key:
            case "up" | "down" | "tab" | "enter" | "escape" if self.chooses:
                return self.Choosing(key)
            case "enter":
                return self.Sent(self.text.strip())
            case "ctrl+r":
                return self.Recalling()
            case "up" if self.cursor_at_first_line and not self.text:
                return self.Recalling()
            case "down" if self.cursor_at_last_line:
                return self.Leaving()
            case _:
                return None
