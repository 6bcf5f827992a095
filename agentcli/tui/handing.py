"""What a run is asked for beside its record: patches, hand-over, messages; each as a line.

Each opens its own journal, so that it can be called beside the event loop.
"""

from collections.abc import Callable
from typing import Any

from agentcli.journal.folds import RunView, fold
from agentcli.journal.ledger_folds import LedgerView, fold_ledger
from agentcli.journal.store import Journal, started
from agentcli.journal.stream import effective
from agentcli.plain import counted
from agentcli.runs.complete import complete_ledger
from agentcli.runs.hand_over import apply_run, remove_run, undo_run
from agentcli.runs.ledger import find_entry
from agentcli.runs.look import agent_trees, run_trees
from agentcli.runs.mail import Way, say
from agentcli.runs.places import run_dir
from agentcli.runs.restore import restore
from agentcli.runs.versions import versions
from agentcli.settings import Settings
from agentcli.workspace.store import RunStore

Act = Callable[[str], str]


def patch_of(view: RunView, agent: str | None = None) -> str:
    """What the run changed up to now, or one agent of it. Raises UsageFault when its files are
    gone."""
    store = RunStore.open(run_dir(view.run_id))
    if agent is None:
        return store.diff(*run_trees(view))
    with Journal() as journal:
        return store.diff(*agent_trees(journal.events(view.run_id), agent))


def override_patch(run_id: str, number: int) -> str:
    """What an override changed: − the child's version, + what stood afterwards. Raises UsageFault
    when the run's files are gone."""
    store = RunStore.open(run_dir(run_id))
    with Journal() as journal:
        events = list(journal.events(run_id))
    view = fold_ledger(run_id, events)
    entry = find_entry(view, number)
    return store.diff(*versions(store, view, events).beside(entry), paths=entry.paths)


def restored(run_id: str, number: int) -> str:
    """Take the child's version of an override after all."""
    with Journal() as journal:
        done = restore(run_id, number, journal)
    return f"The version of agent {done.entry.child} is back on {done.branch}. a applies it."


async def completed(run_id: str, on_progress: Callable[[str], None]) -> LedgerView:
    """The ledger, once what was missing has been measured. Call it with a loop of its own."""
    with Journal() as journal:
        return await complete_ledger(run_id, journal, on_progress)


def told(run_id: str, agent: str, way: Way, text: str) -> str:
    """Write to an agent at work. Raises UsageFault when nobody would hear it."""
    with Journal() as journal:
        sent = say(run_id, agent, way, text, journal)
    return f"Sent to {', '.join(letter.to for letter in sent)}."


def to_apply(run_id: str) -> list[str]:
    """The paths that applying would write: none when nothing landed or it is applied already."""
    with Journal() as journal:
        view = fold(run_id, journal.events(run_id))
    landed = view.landed if view.applied is None else None
    return [change.path for change in landed.changes] if landed else []


def settings_of(run_id: str) -> dict[str, Any]:
    """The settings that a run would go on with."""
    from agentcli.runs.resume import latest_settings  # the engine: a second of imports

    with Journal() as journal:
        events = effective(journal.events(run_id))
    return {**Settings().model_dump(), **latest_settings(events, started(events))}


def applied(run_id: str) -> str:
    """Put the result into the working tree."""
    with Journal() as journal:
        done = apply_run(run_id, journal)
    merged = f" Merged with your own edits: {', '.join(done.merged)}." if done.merged else ""
    return f"Applied {counted(len(done.changes), 'file')}.{merged} u takes it back."


def undone(run_id: str) -> str:
    """Take it out of the working tree again."""
    with Journal() as journal:
        paths = undo_run(run_id, journal)
    return f"Undone: {counted(len(paths), 'file')} as before."


def removed(run_id: str) -> str:
    """Delete the run for good."""
    with Journal() as journal:
        gone = remove_run(run_id, journal)
    return " ".join([f"Deleted run {run_id}.", *gone.kept])
