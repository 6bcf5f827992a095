"""What was said to agents and what they have heard of it, folded from events."""

from dataclasses import dataclass, field, replace

from agentcli.ids import PERSON
from agentcli.journal.events import Event, MessageDelivered, MessageSent


@dataclass(frozen=True)
class LetterView:
    """One message. `heard_at` is None while it is under way, in seconds since the epoch after."""

    id: str
    sender: str
    to: str
    kind: str
    text: str
    sent_at: float
    heard_at: float | None = None


@dataclass
class MailView:
    """All messages of a run by id, in the order of sending."""

    letters: dict[str, LetterView] = field(default_factory=dict)

    @property
    def persons(self) -> list[LetterView]:
        """The messages of the person who watches."""
        return [letter for letter in self.letters.values() if letter.sender == PERSON]

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        match event.body:
            case MessageSent() as sent:
                self.letters[sent.id] = LetterView(
                    sent.id, event.agent_id, sent.to, sent.kind, sent.text, event.at
                )
            case MessageDelivered() as heard if heard.id in self.letters:
                self.letters[heard.id] = replace(self.letters[heard.id], heard_at=event.at)
            case _:
                pass
