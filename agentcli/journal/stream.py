"""One agent's events, first recalled from the journal, then recorded into it.

Resume works by running the same code again. Each step of an agent that depends on the world
(a model's reply, a tool's result) goes through `perform`, each fact that follows from those
through `record`. While the journal still holds the next event, both give it back instead of
doing or writing anything; after the last one they go live. The order of one agent's events
is deterministic, so this holds for many agents side by side too.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

from agentcli.errors import ResumeDiverged
from agentcli.journal.events import AnyBody, Body, Event, RunResumed
from agentcli.journal.store import Journal

B = TypeVar("B", bound=Body)


class Stream:
    """The ordered events of one agent (or, with agent id "", of the run itself)."""

    def __init__(self, journal: Journal, run_id: str, agent_id: str, past: Iterable[Event]) -> None:
        self._journal = journal
        self.run_id = run_id
        self.agent_id = agent_id
        self._past: deque[Body] = deque(e.body for e in past if not e.body.ambient)

    @property
    def recalling(self) -> bool:
        """True while the journal still holds what this agent does next."""
        return bool(self._past)

    def peek(self, kind: type[B]) -> B | None:
        """The next recalled body if it is of this kind, without taking it."""
        body = self._past[0] if self._past else None
        return body if isinstance(body, kind) else None

    def recall_while(self, *kinds: type[Body]) -> Iterator[Body]:
        """Take the recalled bodies from here on, as long as they are of these kinds.

        For decisions that depended on other agents' progress: what was decided is in the record.
        """
        while self._past and isinstance(self._past[0], kinds):
            yield self._past.popleft()

    def recalled(self, kind: type[B]) -> list[B]:
        """All that is still to be recalled of one kind, without taking it."""
        return [body for body in self._past if isinstance(body, kind)]

    async def perform(self, kind: type[B], live: Callable[[], Awaitable[B]]) -> B:
        """The outcome of an act on the world: recalled if it is recorded, else done now."""
        if self._past:
            return self._recall(kind)
        return self.record(await live())

    def record(self, body: B) -> B:
        """A fact that follows from earlier events: compared by kind when recalled, else written.

        Returns the body as the journal holds it, that is without secrets.
        """
        if self._past and not body.ambient:
            return self._recall(type(body))
        written = self._journal.append(self.run_id, self.agent_id, _any(body)).body
        assert isinstance(written, type(body))
        return written

    def _recall(self, kind: type[B]) -> B:
        body = self._past.popleft()
        if not isinstance(body, kind):
            raise ResumeDiverged(
                f"Agent {self.agent_id or 'run'} recorded {type(body).__name__} where it now does "
                f"{kind.__name__}.",
                "It was recorded by another version; `agentcli replay` runs it from the start.",
            )
        return body


class Streams:
    """The streams of one run, each fed with what the journal already holds."""

    def __init__(self, journal: Journal, run_id: str, past: Iterable[Event] = ()) -> None:
        self._journal = journal
        self.run_id = run_id
        self._past: dict[str, list[Event]] = {}
        for event in past:
            self._past.setdefault(event.agent_id, []).append(event)

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Tell `listener` of each event of this run as it is written."""

        def of_this_run(event: Event) -> None:
            if event.run_id == self.run_id:
                listener(event)

        self._journal.subscribe(of_this_run)

    def open(self, agent_id: str) -> Stream:
        """The stream of one agent. Each is opened once."""
        return Stream(self._journal, self.run_id, agent_id, self._past.pop(agent_id, ()))


def effective(events: Iterable[Event]) -> list[Event]:
    """The events that count: a RunResumed supersedes those after its `rewind_to`."""
    kept: list[Event] = []
    for event in events:
        if isinstance(event.body, RunResumed):
            rewind_to = event.body.rewind_to
            kept = [old for old in kept if old.seq <= rewind_to]
        kept.append(event)
    return kept


def _any(body: Body) -> AnyBody:
    return body  # type: ignore[return-value]  # every concrete body is a member of the union
