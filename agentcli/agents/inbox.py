"""Messages between the agents of one run: in order per sender, in effect once, kept by the journal.

What was sent and not delivered yet is what `MessageSent` events hold beyond `MessageDelivered`
ones; both are recalled on resume, in whatever order the agents come to them.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from agentcli.ids import PERSON
from agentcli.journal.events import MessageDelivered, MessageSent
from agentcli.journal.stream import Stream

T = TypeVar("T")

_URGENT = ("interrupt", "redirect")


class BrokenOff(Exception):
    """A person spoke up while something was under way; what that was is not recorded."""


@dataclass(frozen=True)
class Letter:
    """A message under way."""

    sender: str
    body: MessageSent

    @property
    def urgent(self) -> bool:
        """Whether it breaks off what the agent waits for: only a person's may."""
        return self.sender == PERSON and self.body.kind in _URGENT


class Post:
    """All mail of one run."""

    def __init__(self) -> None:
        self._boxes: dict[str, Inbox] = {}
        self._sent: Counter[str] = Counter()
        self._known: set[str] = set()  # ids that were posted or delivered: a double has no effect

    def inbox(self, agent_id: str) -> "Inbox":
        """The inbox of an agent."""
        return self._boxes.setdefault(agent_id, Inbox(self._known))

    def next_id(self, sender: str) -> str:
        """The id of the sender's next message."""
        return f"{sender}#{self._sent[sender] + 1}"

    def send(self, stream: Stream, body: MessageSent) -> MessageSent:
        """Journal a message in its sender's stream, then hand it over."""
        written = stream.record(body)
        self.hand_over(stream.agent_id, written)
        return written

    def hand_over(self, sender: str, body: MessageSent) -> None:
        """Put a journalled message into its box; a second time changes nothing."""
        self._sent[sender] = max(self._sent[sender], int(body.id.rpartition("#")[2]))
        self.inbox(body.to).take_in(Letter(sender, body))


class Inbox:
    """One agent's mail that it has not heard yet."""

    def __init__(self, known: set[str]) -> None:
        self._known = known
        self._letters: deque[Letter] = deque()
        self._arrival = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._letters)

    def take_in(self, letter: Letter) -> None:
        """Accept a letter unless it is known already."""
        if letter.body.id in self._known:
            return
        self._known.add(letter.body.id)
        self._letters.append(letter)
        self._arrival.set()

    async def unless_urgent(self, work: Awaitable[T]) -> T:
        """The outcome of `work`, which an urgent letter breaks off. Raises BrokenOff then."""
        task = asyncio.ensure_future(work)
        watch = asyncio.ensure_future(self._urgent())
        try:
            await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise BrokenOff
            return task.result()
        finally:
            for each in (task, watch):
                each.cancel()
            await asyncio.gather(task, watch, return_exceptions=True)

    async def _urgent(self) -> None:
        while not any(letter.urgent for letter in self._letters):
            self._arrival.clear()
            await self._arrival.wait()

    async def wait(self) -> None:
        """Until there is a letter."""
        while not self._letters:
            self._arrival.clear()
            await self._arrival.wait()

    def deliver(self, stream: Stream, output_tokens: int) -> list[MessageDelivered]:
        """What the agent hears now: recalled if the journal holds it, else all that is here."""
        if stream.recalling:
            heard = list(stream.recall_while(MessageDelivered))
            return [self._cross_off(body) for body in heard if isinstance(body, MessageDelivered)]
        heard_now = []
        while self._letters:
            letter = self._letters.popleft()
            sent = letter.body
            heard_now.append(
                stream.record(
                    MessageDelivered(
                        id=sent.id,
                        sender=letter.sender,
                        kind=sent.kind,
                        text=sent.text,
                        tree=sent.tree,
                        base_commit=sent.base_commit,
                        output_tokens=output_tokens,
                    )
                )
            )
        return heard_now

    def _cross_off(self, body: MessageDelivered) -> MessageDelivered:
        self._known.add(body.id)
        self._letters = deque(letter for letter in self._letters if letter.body.id != body.id)
        return body
