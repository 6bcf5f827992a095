"""A person's words to the agents of a run at work, from this process or any other.

The journal is the mailbox: `say` appends to it under the agent id `person`, and the process that
works on the run reads it there. So a message is on record before anybody hears it, and one that
was not heard before a kill is heard after the resume.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Literal

from agentcli.agents.inbox import Post
from agentcli.errors import UsageFault
from agentcli.ids import PERSON
from agentcli.journal.events import Event, MessageSent
from agentcli.journal.folds import AgentView, fold
from agentcli.journal.store import Journal
from agentcli.runs.places import is_at_work

Way = Literal["message", "redirect", "interrupt"]

_EVERY = 0.25  # seconds between two looks into the journal


def say(run_id: str, agent: str, way: Way, text: str, journal: Journal) -> tuple[MessageSent, ...]:
    """Write to one agent of a run at work; `interrupt` stops it, and the agents below it.

    A message is heard before the agent's next step. The other two break off the reply that it
    waits for, whose tokens are then spent but not on record. Raises UsageFault when there is no
    such agent at work.
    """
    view = fold(run_id, journal.events(run_id))
    if agent not in view.agents:
        known = ", ".join(view.agents) or "none yet"
        raise UsageFault(f"Run {run_id} has no agent {agent!r}.", f"It has {known}.")
    if view.ended is not None or not is_at_work(run_id):
        raise UsageFault(
            f"Run {run_id} is not at work, so nobody would hear it.",
            f"Go on with it first: agentcli resume {run_id}",
        )
    hears = [agent]
    if way == "interrupt":
        hears += [
            a.id for a in view.agents.values() if _is_open(a) and a.id.startswith(f"{agent}.")
        ]
    return tuple(_post(run_id, to, way, text, journal) for to in hears)


class PersonMail:
    """Brings what a person says in the journal to the agents. `watch` until cancelled."""

    def __init__(self, run_id: str, journal: Journal, post: Post, past: Iterable[Event]) -> None:
        self._run_id = run_id
        self._journal = journal
        self._post = post
        for event in past:
            self._hand_over(event)
        self._seen = journal.last_seq(run_id)

    async def watch(self) -> None:
        """Look for new messages, for as long as the run works."""
        while True:
            await asyncio.sleep(_EVERY)
            for event in self._journal.events(self._run_id, self._seen, agent_id=PERSON):
                self._hand_over(event)
                self._seen = event.seq

    def _hand_over(self, event: Event) -> None:
        if event.agent_id == PERSON and isinstance(event.body, MessageSent):
            self._post.hand_over(PERSON, event.body)


def _post(run_id: str, to: str, way: Way, text: str, journal: Journal) -> MessageSent:
    # Two processes may write at once, so the clock tells a person's messages apart.
    body = MessageSent(id=f"{PERSON}#{time.time_ns()}", to=to, kind=way, text=text)
    written = journal.append(run_id, PERSON, body).body
    assert isinstance(written, MessageSent)
    return written


def _is_open(agent: AgentView) -> bool:
    return agent.status in ("working", "waiting")
