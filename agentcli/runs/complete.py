"""Complete the ledger of a run that ended without one: killed, interrupted, or out of time."""

from collections.abc import Callable
from dataclasses import replace

from agentcli.journal.events import RunEnded
from agentcli.journal.ledger_folds import LedgerView, fold_ledger
from agentcli.journal.store import Journal, started
from agentcli.journal.stream import effective
from agentcli.plain import counted
from agentcli.runs.engine import Job, run_verdicts
from agentcli.runs.isolation import isolation
from agentcli.runs.ledger import find, keep_ledger
from agentcli.runs.places import is_at_work, run_dir, run_lock
from agentcli.runs.resume import latest_settings
from agentcli.settings import Settings
from agentcli.workspace.store import RunStore


async def complete_ledger(
    run_id: str, journal: Journal, on_progress: Callable[[str], None]
) -> LedgerView:
    """The ledger as it is on record, once what was missing has been found and recorded.

    Of a run that has not ended it is what can be told by now, and nothing is recorded. Effects
    are measured in a sandbox as the run's own settings make it. Raises InfraFault when the run's
    repository is gone or no sandbox can be made.
    """
    events = list(journal.events(run_id))
    view = fold_ledger(run_id, events)
    ended = any(isinstance(event.body, RunEnded) for event in effective(events))
    if view.found and not view.unjudged:
        return view
    if view.found and is_at_work(run_id):
        return replace(view, measuring=True)
    store = RunStore.open(run_dir(run_id))
    if not ended or is_at_work(run_id):
        return _as_far_as_known(view, store, journal)
    with run_lock(run_id):
        begun = started(events)
        settings = Settings(**latest_settings(effective(events), begun))
        view = await keep_ledger(journal, store, None)
        if not view.unjudged:
            return view
        on_progress(f"Running {begun.test} to measure {_what(view)} …")
        backend = await isolation(settings, on_progress)
        job = Job(run_id, begun, settings, store, backend)
        return await keep_ledger(journal, store, run_verdicts(job))


def _what(view: LedgerView) -> str:
    overrides = view.unmeasured
    return counted(len(overrides), "override") if overrides else "the lottery's outcomes"


def _as_far_as_known(view: LedgerView, store: RunStore, journal: Journal) -> LedgerView:
    found = find(list(journal.events(store.run)), store)
    return replace(
        view,
        interruptions={(i.delegation, i.at_seq): i for i in found.interruptions},
        entries={entry.number: entry for entry in found.entries},
        delegations={measured.delegation: measured for measured in found.delegations},
        written={written.parent: written for written in found.written},
    )
