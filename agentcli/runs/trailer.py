"""The trailer by which a commit says whose work it overrides, found from the trees as all else.

A gate's decisions don't tell: an edit that it let through may touch no unit of anybody's.
"""

import asyncio
from collections.abc import Iterator, Sequence

from agentcli.delegation.ledger.capture import capture
from agentcli.delegation.ledger.records import Step
from agentcli.ids import parent_agent_id
from agentcli.journal.events import Delegated, DelegationClosed, Event, Result
from agentcli.journal.store import Journal, started
from agentcli.journal.stream import effective
from agentcli.runs.ledger import find
from agentcli.workspace.store import RunStore

OVERRIDES = "Agentcli-Overrides"


async def override_trailer(
    journal: Journal, store: RunStore, agent: str, before: str, after: str
) -> dict[str, str]:
    """`Agentcli-Overrides` for a commit of an agent's that leads from tree `before` to `after`:
    the delegations whose work it overrides. Empty when there are none."""
    events = effective(journal.events(store.run))
    if not any(isinstance(event.body, Delegated) for event in events):
        return {}
    try:
        names = await asyncio.to_thread(_overridden, events, store, agent, before, after)
    except Exception:  # noqa: BLE001 - a commit must not fail for this; the ledger says what is wrong
        return {}
    return {OVERRIDES: ", ".join(names)} if names else {}


def _overridden(
    events: list[Event], store: RunStore, agent: str, before: str, after: str
) -> dict[str, None]:
    if started(events).mode == "relay":
        events = [*events, *_as_if_over(events[-1], agent, after)]
    acts = {
        step.seq
        for record in capture(events, store.tree_of)
        for step in _since(record.trunk, before)
    }
    return dict.fromkeys(
        entry.delegation
        for entry in find(events, store).entries
        if entry.is_override and entry.parent == agent and entry.at_seq in acts
    )


def _as_if_over(last: Event, agent: str, tree: str) -> Iterator[Event]:
    """What an agent of a relay did comes in when its turn is over, which is after its commit."""
    parent = parent_agent_id(agent)
    if parent is not None:
        over = DelegationClosed(
            delegation=agent,
            result=Result(status="done"),
            rolled_back=False,
            tree=tree,
            commit=tree,
        )
        envelope = {"seq": last.seq + 1, "agent_id": parent, "parent_id": parent_agent_id(parent)}
        yield last.model_copy(update={**envelope, "body": over})


def _since(trunk: Sequence[Step], tree: str) -> Sequence[Step]:
    """The changes since a tree last stood; all of them if it never did."""
    stood = [number for number, step in enumerate(trunk, start=1) if step.after == tree]
    return trunk[stood[-1] if stood else 0 :]
