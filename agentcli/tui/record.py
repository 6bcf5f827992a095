"""A run as far as the journal was read: live, past, or at work in another process, all alike.

Of a long run, an outline is read first: how it is built and its last events, which take a moment.
Its sums are too small until the whole has been read.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from agentcli.agents.conversation import describe
from agentcli.ids import PERSON, ROOT_AGENT, RUN_STREAM
from agentcli.journal.events import Call, Event, RunResumed, RunStarted, ToolReturned
from agentcli.journal.folds import RunView
from agentcli.journal.mail_folds import MailView
from agentcli.journal.plan_folds import PlanView
from agentcli.journal.store import Journal
from agentcli.plain import plain
from agentcli.tui.lines import Item, item_of

KEPT = 400  # events of each agent's stream; older ones are in the journal
_TAIL = 1_000  # last events of an outline
_ACT = 120  # characters of an agent's last act


class Record:
    """Folded views and the ends of streams. `read_on` takes in what was written since."""

    def __init__(self, run_id: str) -> None:
        self.view = RunView(run_id)
        self.plan = PlanView()
        self.mail = MailView()
        self.settings: dict[str, Any] = {}
        self._streams: dict[str, deque[_Entry]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._calls: dict[str, Call] = {}  # agent → its last
        self._seq = 0

    def read_on(self, journal: Journal) -> int:
        """Take in the events since the last call; how many there were."""
        before = self._seq
        self._take_all(journal.events(self.view.run_id, before))
        return self._seq - before

    def read_outline(self, journal: Journal) -> None:
        """Take in the run's outline; of a short one that is all of it."""
        self._take_all(journal.outline(self.view.run_id, _TAIL))

    def stream(self, agent_id: str) -> list[Item]:
        """An agent's last items; the first agent's hold those of the run itself."""
        entries = self._streams.get(agent_id, ())
        return [entry.item for entry in entries if entry.item is not None]

    def last_act(self, agent_id: str) -> str:
        """What an agent did last, in a line; empty before its first act."""
        call = self._calls.get(agent_id)
        return "" if call is None else plain(describe(call, _ACT))

    def _take_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        self._seq = event.seq
        self.view.apply(event)
        self.plan.apply(event)
        self.mail.apply(event)
        match event.body:
            case RunStarted(settings=settings) | RunResumed(settings=settings):
                self.settings = settings
            case ToolReturned(call=call):
                self._calls[event.agent_id] = call
            case _:
                pass
        if event.agent_id != PERSON:  # whose words show as mail, and where they are heard
            owner = ROOT_AGENT if event.agent_id == RUN_STREAM else event.agent_id
            self._streams[owner].append(_Entry(event))


class _Entry:
    """An event whose line is made when somebody looks: most of a long run scrolls by unseen."""

    def __init__(self, event: Event) -> None:
        self._event = event

    @cached_property
    def item(self) -> Item | None:
        return item_of(self._event)
