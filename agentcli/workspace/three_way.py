"""Merge trees by a third one, and take single paths from one tree into another."""

from collections.abc import Collection

from agentcli.workspace.git import shown
from agentcli.workspace.merge import MergeResult, merge
from agentcli.workspace.revert import revert
from agentcli.workspace.store import RunStore
from agentcli.workspace.trees import differences


def merge_trees(store: RunStore, base: str, ours: str, theirs: str) -> MergeResult:
    """What both sides changed since `base`, in one tree.

    `git merge-tree` only takes commits before git 2.40, so the trees get some; made at second 0,
    they are the same ones each time.
    """
    root = store.commit(base, [], "base", {}, when=0)
    left = store.commit(ours, [root], "ours", {}, when=0)
    right = store.commit(theirs, [root], "theirs", {}, when=0)
    return merge(store, left, right)


def with_paths_of(store: RunStore, tree: str, source: str, paths: Collection[str]) -> str:
    """`tree` with the given paths as they are in `source`, also where that means gone."""
    changes = [d for d in differences(store.git, source, tree) if shown(d.path) in paths]
    return revert(store, tree, changes) if changes else tree
