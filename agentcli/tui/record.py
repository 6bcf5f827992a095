"""A run as far as the journal was read: live, past, or at work in another process, all alike."""

from collections import defaultdict, deque
from typing import Any

from agentcli.ids import ROOT_AGENT, RUN_STREAM
from agentcli.journal.events import Event, RunResumed, RunStarted
from agentcli.journal.folds import RunView
from agentcli.journal.store import Journal
from agentcli.tui.lines import Item, item_of

KEPT = 400  # items of each agent's stream


class Record:
    """Folded views and stream items. `read_on` takes in what was written since."""

    def __init__(self, run_id: str) -> None:
        self.view = RunView(run_id)
        self.settings: dict[str, Any] = {}
        self.items: dict[str, deque[Item]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._seq = 0

    def read_on(self, journal: Journal) -> list[Event]:
        """The events since the last call, taken in."""
        new = list(journal.events(self.view.run_id, self._seq))
        for event in new:
            self._take(event)
        return new

    def stream(self, agent_id: str) -> list[Item]:
        """An agent's last items; the first agent's hold those of the run itself."""
        return list(self.items[agent_id])

    def _take(self, event: Event) -> None:
        self._seq = event.seq
        self.view.apply(event)
        if isinstance(event.body, RunStarted | RunResumed):
            self.settings = event.body.settings
        item = item_of(event)
        if item is not None:
            owner = ROOT_AGENT if event.agent_id == RUN_STREAM else event.agent_id
            self.items[owner].append(item)
