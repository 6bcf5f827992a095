"""Take a child's version after all: a commit of the person's on top of what the run landed."""

from dataclasses import dataclass
from pathlib import Path

from agentcli.errors import RepositoryFault, UsageFault
from agentcli.ids import RUN_STREAM
from agentcli.journal.events import FileChange, Landed, LedgerEntry, Restored
from agentcli.journal.folds import fold
from agentcli.journal.ledger_folds import LedgerView
from agentcli.journal.store import Journal
from agentcli.runs.hand_over import held
from agentcli.runs.ledger import find_entry, record_findings, write_notes
from agentcli.runs.trailer import OVERRIDES
from agentcli.runs.versions import versions
from agentcli.workspace.land import export_branch
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class Restoration:
    """What `restore` did."""

    entry: LedgerEntry
    commit: str
    branch: str
    changes: tuple[FileChange, ...]


def restore(run_id: str, number: int, journal: Journal) -> Restoration:
    """Undo one override: the child's version in its place, with everything later kept.

    Raises UsageFault when there is no such entry or nothing to take back, RepositoryFault, with
    nothing changed, when later changes are in the way.
    """
    with held(run_id, journal) as (begun, store):
        view = fold(run_id, journal.events(run_id))
        if view.ended is None:
            raise UsageFault(f"Run {run_id} has not ended.", f"Go on: agentcli resume {run_id}")
        ledger = record_findings(journal, store)
        entry = find_entry(ledger, number)
        head = view.ended.commit or begun.base_commit
        tree = _merged(journal, store, ledger, number, store.tree_of(head))
        if tree == store.tree_of(head):
            raise UsageFault(
                f"The version of agent {entry.child} stands already.",
                f"`agentcli overrides {run_id}` lists the others.",
            )
        trailers = {
            "Agentcli-Run": run_id,
            "Agentcli-Agent": "person",
            "Agentcli-Role": "person",
            "Agentcli-Delegation": entry.delegation,
            OVERRIDES: entry.parent,
        }
        subject = f"Take the version of agent {entry.child} (override {number}, {entry.kind})"
        commit = store.commit(tree, [head], subject, trailers)
        store.pin("final", commit)
        branch = export_branch(store, Path(begun.repo), commit)
        changes = store.changes(begun.base_tree, tree)
        journal.append(run_id, RUN_STREAM, Landed(commit=commit, branch=branch, changes=changes))
        body = Restored(
            number=number,
            delegation=entry.delegation,
            before=store.tree_of(head),
            tree=tree,
            commit=commit,
        )
        journal.append(run_id, RUN_STREAM, body)
        write_notes(journal, store)
        return Restoration(entry, commit, branch, store.changes(head, tree))


def _merged(journal: Journal, store: RunStore, view: LedgerView, number: int, head: str) -> str:
    known = versions(store, view, journal.events(store.run))
    merged = known.childs(find_entry(view, number), head)
    if merged.conflicts:
        raise RepositoryFault(
            f"Later work changed the same lines of {', '.join(merged.conflicts)}.",
            "Nothing was changed. Put it in by hand; both versions side by side: "
            f"agentcli overrides {store.run} --diff {number} --side-by-side",
        )
    return merged.tree
