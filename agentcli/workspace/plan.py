"""Decide what `apply` may write: for each path the agents changed, what the person has there now.

A file that still is what the run started from takes the agents' version. One that the person
changed meanwhile is merged line by line if that goes without conflict. Everything else, also
a file that git doesn't track and that would be overwritten, is a conflict.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agentcli.workspace.backup import State, contents, look, obstacle
from agentcli.workspace.git import Git, as_list
from agentcli.workspace.repository import Repository
from agentcli.workspace.store import RunStore
from agentcli.workspace.trees import Difference, Entry, differences

NO_ENTRY = "0" * 40


@dataclass(frozen=True)
class Plan:
    """What to write (None: to delete) by path. With `conflicts` nothing may be written."""

    targets: Mapping[bytes, Entry | None]
    merged: tuple[bytes, ...]
    conflicts: tuple[bytes, ...]


def person_git(store: RunStore, repo: Repository, index: Path) -> Git:
    """The person's git with a temporary index, and the run's repository as object store."""
    return repo.git.with_env(
        GIT_INDEX_FILE=str(index),
        GIT_OBJECT_DIRECTORY=str(store.path / "objects"),
        GIT_ALTERNATE_OBJECT_DIRECTORIES=as_list(repo.objects),
    )


def make_plan(store: RunStore, repo: Repository, base: str, final: str) -> Plan:
    """Compare base, final and the working tree at every path that differs between the first two."""
    found = differences(store.git, base, final)
    states = {difference.path: look(repo.root, difference.path) for difference in found}
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        # Git refuses names here that it would not check out (.git and its look-alikes).
        person_git(store, repo, scratch / "final").run("read-tree", final)
        current = _current(person_git(store, repo, scratch / "index"), found, states)
        hidden = _hidden(repo, found, current)
        targets: dict[bytes, Entry | None] = {}
        merged, conflicts = [], []
        for difference in found:
            path, base_entry, final_entry = difference.path, difference.before, difference.after
            now = base_entry if path in hidden else current.get(path)
            if now == final_entry:
                continue  # the person made the same change, or took it over already
            if now == base_entry:
                targets[path] = final_entry
                continue
            both = _merge(store, scratch, base_entry, now, final_entry)
            if both is None:
                conflicts.append(path)
            else:
                targets[path] = both
                merged.append(path)
    blocked = [path for path in targets if not _has_room(repo.root, path, states[path], targets)]
    return Plan(targets, tuple(merged), tuple(sorted({*conflicts, *blocked})))


def _current(
    git: Git, found: tuple[Difference, ...], states: Mapping[bytes, State]
) -> dict[bytes, Entry]:
    """The working tree's files as git would add them (mode, filters, line endings)."""
    # The base's entries come first: whether git converts line endings depends on them.
    known = [(d.path, d.before) for d in found if d.before]
    git.run("update-index", "-z", "--index-info", stdin=index_info(dict(known)))
    present = [path for path, state in states.items() if state.kind in ("file", "link")]
    git.run(
        *("update-index", "--add", "--replace", "-z", "--stdin"),
        stdin=b"".join(path + b"\0" for path in present),
    )
    entries = {}
    for record in git.run("ls-files", "-z", "--stage").out.split(b"\0")[:-1]:
        head, path = record.split(b"\t", 1)
        mode, blob, _ = head.decode("ascii").split(" ")
        entries[path] = Entry(mode, blob)
    return {path: entries[path] for path in present}


def index_info(entries: Mapping[bytes, Entry | None]) -> bytes:
    """Lines for `update-index --index-info`, removals first so that they make room."""
    ordered = sorted(entries.items(), key=lambda item: item[1] is not None)
    return b"".join(
        f"{entry.mode if entry else 0} {entry.blob if entry else NO_ENTRY}\t".encode()
        + path
        + b"\0"
        for path, entry in ordered
    )


def _hidden(
    repo: Repository, found: tuple[Difference, ...], current: Mapping[bytes, Entry]
) -> set[bytes]:
    """Files of the base that a sparse checkout keeps out of the working tree, unchanged."""
    missing = {d.path: d.before for d in found if d.before and d.path not in current}
    if not missing or repo.git.ask("config", "--type=bool", "core.sparseCheckout").text != "true":
        return set()
    hidden = set()
    for record in repo.git.run("ls-files", "-z", "-t", "--stage").out.split(b"\0")[:-1]:
        head, path = record.split(b"\t", 1)
        tag, mode, blob, _ = head.decode("ascii").split(" ")
        if tag == "S" and path in missing and missing[path] == Entry(mode, blob):
            hidden.add(path)
    return hidden


def _merge(
    store: RunStore, scratch: Path, base: Entry | None, now: Entry | None, final: Entry | None
) -> Entry | None:
    """The three-way merge of regular files, or None when it conflicts."""
    if not (base and now and final and base.is_file and now.is_file and final.is_file):
        return None
    blobs = store.read_blobs([now.blob, base.blob, final.blob])
    names = []
    for name, entry in (("now", now), ("base", base), ("final", final)):
        (scratch / name).write_bytes(blobs[entry.blob])
        names.append(str(scratch / name))
    reply = store.git.ask("merge-file", "--stdout", *names)
    if reply.code != 0:
        return None
    blob = store.git.text("hash-object", "-w", "--stdin", stdin=reply.out)
    return Entry(final.mode if now.mode == base.mode else now.mode, blob)


def _has_room(root: Path, path: bytes, state: State, targets: Mapping[bytes, Entry | None]) -> bool:
    """Whether only files that are to be deleted stand in the way of writing a path."""
    if targets[path] is None:
        return True
    blocked = obstacle(root, path)
    if blocked is not None:
        return blocked in targets and targets[blocked] is None
    if state.kind == "dir":
        files, _ = contents(root, path)
        return all(file in targets and targets[file] is None for file in files)
    return state.kind != "other"
