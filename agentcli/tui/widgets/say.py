"""The line in which the person writes to one agent, while it works."""

from textual import events
from textual.message import Message
from textual.widgets import Input

_ASKS = {
    "message": "to {agent}, heard before its next step",
    "redirect": "to {agent} now: the reply that it waits for is broken off",
    "interrupt": "stop {agent} and those below it; say why, or leave it empty",
}


class Say(Input):
    """Hidden until it is asked for. Enter sends, Escape closes."""

    class Told(Message):
        """The person has said something to an agent."""

        def __init__(self, agent: str, way: str, text: str) -> None:
            super().__init__()
            self.agent = agent
            self.way = way
            self.text = text

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._agent = ""
        self._way = "message"
        self.display = False

    def ask(self, agent: str, way: str) -> None:
        """Let the person write to this agent."""
        self._agent, self._way = agent, way
        self.placeholder = self.border_title = _ASKS[way].format(agent=agent)
        self.display = True
        self.focus()

    def close(self) -> None:
        """Leave without a word."""
        self.clear()
        self.display = False

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        text = message.value.strip()
        if text or self._way == "interrupt":
            self.post_message(self.Told(self._agent, self._way, text))
        self.close()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.close()
