"""Byte-exact copies of files in the person's working tree, kept as one git tree.

A backup holds, for each path: whether it was there, its whole mode, and its content or link
target, untouched by filters. It also knows the directories around them, so that restoring
brings back exactly what was there, and, once written, what the files were changed to.
"""

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from agentcli.errors import RepositoryFault
from agentcli.workspace.git import quoted, shown
from agentcli.workspace.store import RunStore

Kind = Literal["absent", "file", "link", "dir", "other"]

_MANIFEST = "manifest.json"
_CHUNK = 64  # files held in memory at once while restoring


@dataclass(frozen=True)
class State:
    """What stands at a path. `mode` is the permission bits, `blob` the id of the raw content."""

    kind: Kind
    mode: int = 0
    blob: str = ""


@dataclass(frozen=True)
class Backup:
    """States before (and, once known, after) a change, by path; `dirs` existed before, by mode."""

    before: Mapping[bytes, State]
    dirs: Mapping[bytes, int]
    after: Mapping[bytes, State]

    @property
    def made_dirs(self) -> tuple[bytes, ...]:
        """Directories around the paths that were not there before, innermost first."""
        around = {parent for path in self.before for parent in parents(path)}
        return tuple(sorted(around - set(self.dirs), key=len, reverse=True))


def parents(path: bytes) -> tuple[bytes, ...]:
    """The directories that a path lies in, outermost first."""
    parts = path.split(b"/")
    return tuple(b"/".join(parts[:depth]) for depth in range(1, len(parts)))


def absolute(root: Path, path: bytes) -> Path:
    """A path of the tree as the operating system knows it."""
    return root / os.fsdecode(path)


def obstacle(root: Path, path: bytes) -> bytes | None:
    """The first of a path's parents that is there but is no directory (a file or a link)."""
    for parent in parents(path):
        try:
            if not stat.S_ISDIR(absolute(root, parent).lstat().st_mode):
                return parent
        except FileNotFoundError:
            return None
    return None


def look(root: Path, path: bytes) -> State:
    """What stands at a path, never through a link. `blob` is left empty."""
    if obstacle(root, path) is not None:
        return State("absent")
    try:
        mode = absolute(root, path).lstat().st_mode
    except FileNotFoundError:
        return State("absent")
    kinds: dict[int, Kind] = {stat.S_IFREG: "file", stat.S_IFLNK: "link", stat.S_IFDIR: "dir"}
    return State(kinds.get(stat.S_IFMT(mode), "other"), stat.S_IMODE(mode))


def fingerprint(root: Path, path: bytes) -> State:
    """The same with the id of the content."""
    state = look(root, path)
    if state.kind not in ("file", "link"):
        return state
    data = _raw(root, path, state)
    digest = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
    return replace(state, blob=digest.hexdigest())


def contents(root: Path, directory: bytes) -> tuple[list[bytes], list[bytes]]:
    """All files, and all directories, below a directory of the tree."""
    files: list[bytes] = []
    dirs: list[bytes] = []
    for where, names, leaves in os.walk(absolute(root, directory)):
        for name in [*names, *leaves]:
            path = Path(where) / name
            is_dir = path.is_dir() and not path.is_symlink()
            (dirs if is_dir else files).append(bytes(path.relative_to(root)))
    return files, dirs


def remove_if_empty(directory: Path) -> bool:
    """Remove a directory unless it holds something; returns whether it is gone."""
    if any(directory.iterdir()):
        return False
    directory.rmdir()
    return True


def capture(store: RunStore, root: Path, paths: Iterable[bytes]) -> Backup:
    """Copy what stands at these paths into the run's repository."""
    states = {path: look(root, path) for path in paths}
    dirs: dict[bytes, int] = {}
    for path, state in states.items():
        inner = contents(root, path)[1] if state.kind == "dir" else []
        for directory in (*parents(path), *inner):
            if directory not in dirs and look(root, directory).kind == "dir":
                dirs[directory] = look(root, directory).mode
    blobs = _write_blobs(store, root, states)
    before = {path: replace(state, blob=blobs.get(path, "")) for path, state in states.items()}
    return Backup(before, dirs, {})


def save(store: RunStore, backup: Backup) -> str:
    """Write a backup as a tree; returns its id."""
    manifest = json.dumps(
        {
            "before": _encode(backup.before),
            "dirs": {os.fsdecode(path): mode for path, mode in backup.dirs.items()},
            "after": _encode(backup.after),
        }
    )
    blob = store.git.text("hash-object", "-w", "--stdin", stdin=manifest.encode())
    kept = sorted({state.blob for state in backup.before.values() if state.blob})
    lines = [f"100644 blob {blob}\t{_MANIFEST}", *(f"100644 blob {b}\t{b}" for b in kept), ""]
    return store.git.text("mktree", stdin="\n".join(lines).encode())


def load(store: RunStore, tree: str) -> Backup:
    """Read back what `save` wrote. Raises RepositoryFault for any other tree."""
    data = store.read_blob(tree, _MANIFEST)
    if data is None:
        raise RepositoryFault(f"{tree} is not a backup of this run.")
    manifest = json.loads(data)
    dirs = {os.fsencode(path): int(mode) for path, mode in manifest["dirs"].items()}
    return Backup(_decode(manifest["before"]), dirs, _decode(manifest["after"]))


def restore(store: RunStore, root: Path, backup: Backup) -> None:
    """Make the working tree at the backup's paths exactly what it was before.

    Raises RepositoryFault when something of the person's stands in the way; running it again
    once that is gone finishes the work.
    """
    for path in backup.before:
        if look(root, path).kind in ("file", "link"):
            absolute(root, path).unlink()
    for directory in backup.made_dirs:
        if look(root, directory).kind == "dir":
            remove_if_empty(absolute(root, directory))
    for directory in sorted(backup.dirs):
        if look(root, directory).kind == "absent":
            _require_free(root, directory)
            absolute(root, directory).mkdir()
            absolute(root, directory).chmod(backup.dirs[directory])
    wanted = [(path, state) for path, state in backup.before.items() if state.blob]
    for at in range(0, len(wanted), _CHUNK):
        chunk = wanted[at : at + _CHUNK]
        data = store.read_blobs([state.blob for _, state in chunk])
        for path, state in chunk:
            _require_free(root, path)
            _put(root, path, state, data[state.blob])


def _require_free(root: Path, path: bytes) -> None:
    blocked = obstacle(root, path)
    if blocked is not None or look(root, path).kind != "absent":
        raise RepositoryFault(
            f"{shown(blocked or path)} is in the way of what is to be put back.",
            "Move it away and try again.",
        )


def _put(root: Path, path: bytes, state: State, data: bytes) -> None:
    target = absolute(root, path)
    if state.kind == "link":
        os.symlink(data, target)  # noqa: PTH211 (a Path would tidy the target up)
        return
    # Exclusive and without following links: what appears there meanwhile is not overwritten.
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), state.mode)


def _raw(root: Path, path: bytes, state: State) -> bytes:
    target = absolute(root, path)
    if state.kind == "link":
        return os.fsencode(os.readlink(target))  # noqa: PTH115 (as above)
    with os.fdopen(os.open(target, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read()


def _write_blobs(store: RunStore, root: Path, states: Mapping[bytes, State]) -> dict[bytes, str]:
    """Store the raw content of files and links; path → blob id."""
    with tempfile.TemporaryDirectory() as scratch:
        sources = {}
        for number, (path, state) in enumerate(states.items()):
            if state.kind == "file":
                sources[path] = bytes(absolute(root, path))
            elif state.kind == "link":
                copy = Path(scratch) / str(number)
                copy.write_bytes(_raw(root, path, state))
                sources[path] = bytes(copy)
        if not sources:
            return {}
        names = b"".join(quoted(source) + b"\n" for source in sources.values())
        ids = store.git.text("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=names)
    return dict(zip(sources, ids.split(), strict=True))


def _encode(states: Mapping[bytes, State]) -> dict[str, list[str | int]]:
    return {os.fsdecode(path): [s.kind, s.mode, s.blob] for path, s in states.items()}


def _decode(fields: Mapping[str, tuple[Kind, int, str]]) -> dict[bytes, State]:
    return {os.fsencode(path): State(*values) for path, values in fields.items()}
