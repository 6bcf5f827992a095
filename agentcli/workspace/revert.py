"""Take some changes out of a tree again, without a working tree."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from agentcli.workspace.store import RunStore
from agentcli.workspace.trees import Difference

_ZERO = "0" * 40


def revert(store: RunStore, tree: str, changes: Iterable[Difference]) -> str:
    """The id of `tree` as it would be without the given changes.

    What they added goes, what they changed or removed is as before. The new tree's objects go
    into the run's repository.
    """
    changes = list(changes)
    # All go first: a file and a folder of one name can't stand side by side.
    gone = [_index_info("0", _ZERO, one.path) for one in changes]
    back = [
        _index_info(one.before.mode, one.before.blob, one.path) for one in changes if one.before
    ]
    with tempfile.TemporaryDirectory(prefix="agentcli-") as scratch:
        git = store.git.with_env(GIT_INDEX_FILE=str(Path(scratch) / "index"))
        git.run("read-tree", tree)
        git.run("update-index", "--replace", "-z", "--index-info", stdin=b"".join(gone + back))
        return git.text("write-tree")


def _index_info(mode: str, blob: str, path: bytes) -> bytes:
    return f"{mode} {blob}\t".encode() + path + b"\0"
