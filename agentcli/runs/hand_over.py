"""Hand a run's result to the person: into the working tree, out of it again, or away for good.

The journal says what was applied. A process can be killed between the writing and the
recording, so what the run's repository pins (see workspace/apply.py) is looked at first.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agentcli.delegation.ledger.notes import is_line_of
from agentcli.errors import RepositoryFault, UsageFault
from agentcli.ids import RUN_STREAM
from agentcli.journal.events import Applied, Landed, RunStarted, Undone
from agentcli.journal.folds import RunView, fold
from agentcli.journal.store import Journal, started
from agentcli.runs.places import run_dir, run_lock
from agentcli.workspace import apply as working_tree
from agentcli.workspace.apply import AppliedChange
from agentcli.workspace.land import delete_branch
from agentcli.workspace.notes import remove_notes
from agentcli.workspace.store import RunStore

_BACKUPS = "backup"  # where apply pins its backups, below refs/agentcli/<run>/


@dataclass(frozen=True)
class Removed:
    """What went with a run. `kept` says, for each branch that was left alone, why."""

    run_id: str
    branches: tuple[str, ...]
    kept: tuple[str, ...]


def apply_run(run_id: str, journal: Journal) -> AppliedChange:
    """Put what the run landed into the person's working tree, and record it.

    Raises UsageFault when there is nothing to apply or it is applied already, RepositoryFault,
    with nothing written, when the working tree is in the way.
    """
    with held(run_id, journal) as (begun, store):
        view = _settled(run_id, journal, store)
        if view.applied is not None:
            what = "is applied already" if _is_current(view) else "has an older result applied"
            raise UsageFault(f"Run {run_id} {what}.", f"Take it back first: agentcli undo {run_id}")
        commit = _landed_commit(view)
        done = working_tree.apply(store, Path(begun.repo), begun.base_tree, commit)
        applied = Applied(commit=commit, backup=done.backup, changes=done.changes)
        journal.append(run_id, RUN_STREAM, applied)
        return done


def undo_run(run_id: str, journal: Journal, *, force: bool = False) -> tuple[str, ...]:
    """Put back, to the byte, what the run's application replaced; returns the paths.

    Also mends an application or an undoing that was cut off. Raises UsageFault when nothing is
    applied, RepositoryFault when the person has changed the files since, unless `force`.
    """
    with held(run_id, journal) as (begun, store):
        applied = _settled(run_id, journal, store).applied
        # After a cut-off write the journal can't know the backup; the pin does.
        backup = working_tree.pending(store) or (applied.backup if applied else None)
        if backup is None:
            raise UsageFault(
                f"Run {run_id} is not applied, so there is nothing to undo.",
                f"`agentcli apply {run_id}` applies it.",
            )
        paths = working_tree.undo(store, Path(begun.repo), backup, force=force)
        for orphan in _unrecorded(run_id, journal, store):
            store.unpin(f"{_BACKUPS}/{orphan[:12]}")  # the application that has just been mended
        journal.append(run_id, RUN_STREAM, Undone(backup=backup))
        return paths


def remove_run(run_id: str, journal: Journal) -> Removed:
    """Delete a run: its branch, its notes, its files, its record. What was applied stays as it is.

    A branch that is checked out or holds the person's own commits is kept. The record goes
    last, so a removal that was cut off can be repeated. Raises UsageFault when the run is at
    work, or when an application was cut off and only its files can mend it.
    """
    begun = started(list(journal.events(run_id)))
    repo = Path(begun.repo)
    with run_lock(run_id):
        store = RunStore(run_dir(run_id), begun.base_commit, begun.base_tree)
        gone: list[str] = []
        kept: list[str] = []
        if store.path.is_dir() and repo.is_dir():
            _refuse_cut_off(store)
            for branch in _branches(run_id, journal):
                try:
                    delete_branch(store, repo, branch)
                    gone.append(branch)
                except RepositoryFault as fault:
                    kept.append(str(fault))
            remove_notes(repo, partial(is_line_of, run_id))
        shutil.rmtree(run_dir(run_id))
        journal.delete_run(run_id)
    return Removed(run_id, tuple(gone), tuple(kept))


@contextmanager
def held(run_id: str, journal: Journal) -> Iterator[tuple[RunStarted, RunStore]]:
    """The run, held against other processes, with its files and its repository at hand."""
    begun = started(list(journal.events(run_id)))
    if not Path(begun.repo).is_dir():
        raise UsageFault(
            f"The repository of run {run_id}, {begun.repo}, is gone.", "Move it back there."
        )
    store = RunStore.open(run_dir(run_id))
    with run_lock(run_id):
        yield begun, store


def _settled(run_id: str, journal: Journal, store: RunStore) -> RunView:
    """The run, once an application that was finished but not recorded is on record."""
    view = fold(run_id, journal.events(run_id))
    if working_tree.pending(store) is not None or view.landed is None:
        return view
    for backup in _unrecorded(run_id, journal, store):
        commit, changes = view.landed.commit, view.landed.changes
        applied = Applied(commit=commit, backup=backup, changes=changes)
        view.apply(journal.append(run_id, RUN_STREAM, applied))
    return view


def _unrecorded(run_id: str, journal: Journal, store: RunStore) -> list[str]:
    """Backups of applications of which the journal knows nothing."""
    prefix = f"refs/agentcli/{run_id}/{_BACKUPS}/"
    pinned = store.git.text("for-each-ref", "--format=%(objectname)", prefix).split()
    known = {e.body.backup for e in journal.events(run_id) if isinstance(e.body, Applied)}
    return [backup for backup in pinned if backup not in known]


def _landed_commit(view: RunView) -> str:
    ended_empty = view.ended is not None and view.ended.commit is None
    if view.landed is not None and not ended_empty:
        return view.landed.commit
    fix = f"`agentcli show {view.run_id}` shows why."
    if view.ended is None or view.status in ("limit", "infra", "interrupted"):
        fix = f"Go on with it: agentcli resume {view.run_id}"
    raise UsageFault(f"Run {view.run_id} has changed nothing that could be applied.", fix)


def _is_current(view: RunView) -> bool:
    return view.landed is None or view.applied is None or view.applied.commit == view.landed.commit


def _branches(run_id: str, journal: Journal) -> list[str]:
    """Every branch the run landed on: a resumed run may have found the first one taken."""
    found = [e.body.branch for e in journal.events(run_id) if isinstance(e.body, Landed)]
    return list(dict.fromkeys(found))


def _refuse_cut_off(store: RunStore) -> None:
    if working_tree.pending(store) is not None:
        raise UsageFault(
            f"An apply or undo of run {store.run} was cut off, and only its files can mend it.",
            f"First: agentcli undo {store.run}",
        )
