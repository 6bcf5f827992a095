"""Take a child's version after all: a commit of the person's on top of what the run landed."""

from dataclasses import dataclass
from pathlib import Path

from agentcli.delegation.ledger.capture import capture
from agentcli.errors import RepositoryFault, UsageFault
from agentcli.ids import RUN_STREAM
from agentcli.journal.events import FileChange, Landed, LedgerEntry, Restored
from agentcli.journal.folds import fold
from agentcli.journal.store import Journal
from agentcli.runs.hand_over import held
from agentcli.runs.ledger import find_entry, record_findings, works, write_notes
from agentcli.runs.trailer import OVERRIDES
from agentcli.workspace.land import export_branch
from agentcli.workspace.store import RunStore
from agentcli.workspace.three_way import merge_trees, with_paths_of


@dataclass(frozen=True)
class Restoration:
    """What `restore` did."""

    entry: LedgerEntry
    commit: str
    branch: str
    changes: tuple[FileChange, ...]


def restore(run_id: str, number: int, journal: Journal) -> Restoration:
    """Undo one override: its paths as the child had them, with everything later kept.

    Raises UsageFault when there is no such entry or nothing to take back, RepositoryFault, with
    nothing changed, when later changes are in the way.
    """
    with held(run_id, journal) as (begun, store):
        view = fold(run_id, journal.events(run_id))
        if view.ended is None:
            raise UsageFault(f"Run {run_id} has not ended.", f"Go on: agentcli resume {run_id}")
        entry = find_entry(record_findings(journal, store), number)
        head = view.ended.commit or begun.base_commit
        tree = _merged(journal, store, entry, store.tree_of(head))
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


def child_version(store: RunStore, entry: LedgerEntry, base: str) -> tuple[str, str]:
    """Two trees: before and after giving the child's version back, nothing else touched.

    What was merged once is given back at the paths of the override; what never was, as a whole
    on the child's `base`.
    """
    if entry.expected is None:
        return base, entry.child_tree
    return entry.final, with_paths_of(store, entry.final, entry.expected, entry.paths)


def _merged(journal: Journal, store: RunStore, entry: LedgerEntry, head: str) -> str:
    known = works(capture(journal.events(store.run), store.tree_of))
    without, with_it = child_version(store, entry, known[entry.delegation].base)
    merged = merge_trees(store, without, head, with_it)
    if merged.conflicts:
        raise RepositoryFault(
            f"Later changes are in the way in {', '.join(merged.conflicts)}.",
            "Nothing was changed. Both versions side by side: "
            f"agentcli overrides {store.run} --diff {entry.number}",
        )
    return merged.tree
