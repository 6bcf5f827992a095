"""What the ledger says about single commits, as lines of JSON for `git log --notes=agentcli`.

The commit that carries an override says what it did to whose work; the commit of a child's
proposal says what became of it; the last one sums the run up.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from agentcli.journal.events import (
    Delegated,
    Event,
    Landed,
    LedgerEntry,
    Merged,
    Submitted,
)
from agentcli.journal.ledger_folds import LedgerView
from agentcli.journal.stream import effective

_KEY = "agentcli"  # each line's first key: the run's id


def note_lines(view: LedgerView, events: Iterable[Event]) -> dict[str, list[str]]:
    """Lines by commit. Empty for a run that landed nothing or delegated nothing."""
    known = effective(events)
    landed = [event.body.commit for event in known if isinstance(event.body, Landed)]
    if not landed or not view.delegated:
        return {}
    lines: dict[str, list[str]] = {}

    def say(commit: str, what: str, /, **facts: Any) -> None:
        line = json.dumps({_KEY: view.run_id, "type": what, **facts}, ensure_ascii=False)
        lines.setdefault(commit, []).append(line)

    for entry in view.overrides:
        say(_carrier(entry, known, landed[0]), "override", **_override(view, entry))
    for event in known:
        measured = view.delegations.get(event.agent_id)
        if isinstance(event.body, Submitted) and measured is not None:
            say(event.body.commit, "proposal", **measured.model_dump(mode="json", exclude={"type"}))
    for number, restored in view.restored.items():
        say(restored.commit, "restored", number=number, delegation=restored.delegation)
    say(
        landed[0],
        "run",
        delegations=len(view.delegations),
        overrides=len(view.overrides),
        interruptions=len(view.interruptions),
    )
    return lines


def is_line_of(run_id: str, line: str) -> bool:
    """Whether `note_lines` wrote this line for that run."""
    try:
        found = json.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get(_KEY) == run_id


def _override(view: LedgerView, entry: LedgerEntry) -> dict[str, Any]:
    effect = view.effects.get(entry.number)
    return {
        "number": entry.number,
        "delegation": entry.delegation,
        "parent": entry.parent,
        "child": entry.child,
        "kind": entry.kind,
        "units": entry.units,
        "touched": entry.touched,
        "effect": effect.effect if effect is not None else None,
        "reason": entry.reason,
    }


def _carrier(entry: LedgerEntry, events: Sequence[Event], last: str) -> str:
    """The first commit of the parent's that holds what it had done by then."""
    for event in events:
        if event.seq <= entry.at_seq or event.agent_id != entry.parent:
            continue
        match event.body:
            case Delegated(base_commit=commit) | Merged(commit=commit) | Submitted(commit=commit):
                return commit
            case _:
                pass
    return last
