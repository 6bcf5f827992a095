"""Put some files of one tree into another, without a working tree."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from agentcli.workspace.store import RunStore


def graft(store: RunStore, tree: str, source: str, paths: Sequence[str]) -> str:
    """`tree` with `paths` as they stand in `source` (a path that is missing there goes).

    Returns the new tree's id; the objects go into the run's repository.
    """
    entries = store.git.run("--literal-pathspecs", "ls-tree", "-r", "-z", source, "--", *paths).out
    zero = "0" * 40
    removals = b"".join(os.fsencode(f"0 {zero}\t{path}\0") for path in paths)
    listing = b"".join(_index_info(entry) for entry in entries.split(b"\0") if entry)
    with tempfile.TemporaryDirectory(prefix="agentcli-") as scratch:
        git = store.git.with_env(GIT_INDEX_FILE=str(Path(scratch) / "index"))
        git.run("read-tree", tree)
        git.run("update-index", "-z", "--index-info", stdin=removals + listing)
        return git.text("write-tree")


def _index_info(entry: bytes) -> bytes:
    """`ls-tree`'s `mode type id<TAB>path` as `update-index --index-info` takes it."""
    head, _, path = entry.partition(b"\t")
    mode, _, blob = head.split(b" ")
    return mode + b" " + blob + b"\t" + path + b"\0"
