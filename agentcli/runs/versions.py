"""The other version: a tree as it would be, had an override not been made."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from agentcli.delegation.ledger.capture import capture
from agentcli.delegation.ledger.records import Record, Step, Work
from agentcli.journal.events import Event, LedgerEntry
from agentcli.journal.ledger_folds import LedgerView
from agentcli.workspace.merge import MergeResult
from agentcli.workspace.store import RunStore
from agentcli.workspace.three_way import merge_trees, with_paths_of


@dataclass(frozen=True)
class Versions:
    """Both versions of overridden work, by a run's ledger and what it was found from."""

    store: RunStore
    entries: Collection[LedgerEntry]
    records: Sequence[Record]

    def expected(self, entry: LedgerEntry) -> MergeResult:
        """What is held against `entry.final` to tell the effect.

        That is E, the mechanical merge. An act after its delegation's end, and one on work that
        was never merged, is held against the final tree with the child's version in it, so that
        nothing differs but the override.
        """
        _, work = self._of(entry)
        late = work.closed is not None and entry.at_seq > work.closed
        if entry.expected is not None and not late:
            return MergeResult(entry.expected)
        return self.childs(entry, entry.final)

    def childs(self, entry: LedgerEntry, tree: str) -> MergeResult:
        """`tree` with the child's version in place of the override's, and all else kept.

        Conflicts are with later work, or with that of other children.
        """
        record, work = self._of(entry)
        if entry.expected is None:
            others = [w for one in self.records for w in one.works if w is not work]
            return _taken_in(self.store, tree, entry.child_tree, work, others)
        steps = {step.seq: step for step in record.trunk}
        acts = [
            steps[act.at_seq]
            for act in self.entries
            if act.is_override
            and act.delegation == entry.delegation
            and act.at_seq in steps
            and set(act.paths) & set(entry.paths)
        ]
        return _without(self.store, tree, sorted(acts, key=lambda step: step.seq))

    def beside(self, entry: LedgerEntry) -> tuple[str, str]:
        """Two trees for a person to look at: the child's version, and what stood afterwards."""
        made = self.childs(entry, entry.final)
        return (entry.expected or entry.child_tree) if made.conflicts else made.tree, entry.final

    def _of(self, entry: LedgerEntry) -> tuple[Record, Work]:
        return next(
            (record, work)
            for record in self.records
            for work in record.works
            if work.delegation == entry.delegation
        )


def versions(store: RunStore, view: LedgerView, events: Iterable[Event]) -> Versions:
    """The versions of a run's overrides."""
    return Versions(store, view.entries.values(), capture(events, store.tree_of))


def _without(store: RunStore, tree: str, acts: Sequence[Step]) -> MergeResult:
    """Take the parent's acts out again, the last one first."""
    for step in reversed(acts):
        before = step.expected if step.cause == "merge" and step.expected else step.before
        merged = merge_trees(store, step.after, tree, before)
        if merged.conflicts:
            return merged
        tree = merged.tree
    return MergeResult(tree)


def _taken_in(
    store: RunStore, tree: str, version: str, work: Work, others: Iterable[Work]
) -> MergeResult:
    """Take in a version that was never merged. Where it meets what its parent wrote instead, the
    child's stands; where it meets other children's work, nobody can say."""
    merged = merge_trees(store, work.base, tree, version)
    if not merged.conflicts:
        return merged
    theirs = {
        change.path
        for other in others
        if other.end == "integrated" and other.version
        for change in store.changes(other.base, other.version)
    }
    if conflicts := tuple(path for path in merged.conflicts if path in theirs):
        return MergeResult(merged.tree, conflicts)
    return MergeResult(with_paths_of(store, merged.tree, version, merged.conflicts))
