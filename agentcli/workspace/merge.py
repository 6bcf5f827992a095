"""Merge and revert commits without a working tree, as git itself would."""

from dataclasses import dataclass

from agentcli.errors import InfraFault
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class MergeResult:
    """The merged tree; with `conflicts`, git's conflict marks are in those files of it."""

    tree: str
    conflicts: tuple[str, ...] = ()


def merge(store: RunStore, ours: str, theirs: str) -> MergeResult:
    """Merge two commits by their common history (`git merge-tree --write-tree`)."""
    reply = store.git.ask(
        "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs
    )
    if reply.code not in (0, 1):
        raise InfraFault(f"git merge-tree failed: {reply.reason}", "git 2.38 or newer is needed.")
    tree, *paths = reply.text.split("\0")
    return MergeResult(tree, tuple(dict.fromkeys(path for path in paths if path)))


def take_back(store: RunStore, head: str, after: str, before: str) -> MergeResult:
    """`head` without what changed from tree `before` to commit `after`, which it contains."""
    undone = store.commit(before, [after], "Take back", {})
    return merge(store, head, undone)
