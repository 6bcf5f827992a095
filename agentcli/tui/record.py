"""A run as far as the journal was read: live, past, or at work in another process, all alike."""

from collections import defaultdict, deque
from typing import Any

from agentcli.agents.conversation import describe
from agentcli.ids import PERSON, ROOT_AGENT, RUN_STREAM
from agentcli.journal.events import Event, RunResumed, RunStarted, ToolReturned
from agentcli.journal.folds import RunView
from agentcli.journal.mail_folds import MailView
from agentcli.journal.plan_folds import PlanView
from agentcli.journal.store import Journal
from agentcli.plain import plain
from agentcli.tui.lines import Item, item_of

KEPT = 400  # items of each agent's stream
_ACT = 120  # characters of an agent's last act


class Record:
    """Folded views and stream items. `read_on` takes in what was written since."""

    def __init__(self, run_id: str) -> None:
        self.view = RunView(run_id)
        self.plan = PlanView()
        self.mail = MailView()
        self.settings: dict[str, Any] = {}
        self.items: dict[str, deque[Item]] = defaultdict(lambda: deque(maxlen=KEPT))
        self.acts: dict[str, str] = {}  # agent → the last thing that it did
        self._seq = 0

    def read_on(self, journal: Journal) -> int:
        """Take in the events since the last call; how many there were."""
        new = list(journal.events(self.view.run_id, self._seq))
        for event in new:
            self._take(event)
        return len(new)

    def stream(self, agent_id: str) -> list[Item]:
        """An agent's last items; the first agent's hold those of the run itself."""
        return list(self.items[agent_id])

    def _take(self, event: Event) -> None:
        self._seq = event.seq
        for fold in (self.view, self.plan, self.mail):
            fold.apply(event)
        match event.body:
            case RunStarted(settings=settings) | RunResumed(settings=settings):
                self.settings = settings
            case ToolReturned(call=call):
                self.acts[event.agent_id] = plain(describe(call, _ACT))
            case _:
                pass
        if event.agent_id == PERSON:
            return  # what a person says shows as mail, and where it is heard
        item = item_of(event)
        if item is not None:
            owner = ROOT_AGENT if event.agent_id == RUN_STREAM else event.agent_id
            self.items[owner].append(item)
