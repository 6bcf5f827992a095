"""The input for a task: Enter sends it, Ctrl-J begins a new line, pasted text stays as it is."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea


class Prompt(TextArea):
    """A text area that is sent with Enter."""

    class Sent(Message):
        """The person has said what to do."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(id=id, placeholder=placeholder)
        self.cursor_blink = False  # drawing it anew twice a second is all that an idle screen does

    async def _on_key(self, event: events.Key) -> None:
        match event.key:
            case "enter":
                event.prevent_default()
                event.stop()
                self.post_message(self.Sent(self.text.strip()))
            case "ctrl+j" | "shift+enter" | "alt+enter":
                event.prevent_default()
                event.stop()
                self.insert("\n")
            case "down" if self.cursor_at_last_line and self.selection.is_empty:
                event.prevent_default()
                event.stop()
                self.screen.focus_next()
            case _:
                await super()._on_key(event)
