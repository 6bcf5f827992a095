"""See cheaply, without git, whether the files of the workspace changed.

The fingerprint is the sum of one hash per file over its name and state. A sum needs no order
and can be corrected in place when the toolbox itself writes a file.
"""

from __future__ import annotations

import os
from collections.abc import Collection


class Tracker:
    """Remembers the last seen state of the workspace. Directories that git ignores are skipped."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._ignored: frozenset[str] = frozenset()
        self._seen = 0
        self.nested: tuple[str, ...] = ()  # directories with a repository of their own

    def changed(self) -> bool:
        """Whether anything differs from the last look; this look is the new last one."""
        before = self._seen
        self._seen, self.nested = scan(self._root, self._ignored)
        return self._seen != before

    def ignore(self, paths: Collection[str]) -> None:
        """Skip these paths (relative to the root) from now on."""
        ignored = frozenset(paths)
        if ignored != self._ignored:
            self._ignored = ignored
            self._seen, self.nested = scan(self._root, ignored)

    def state_of(self, path: str) -> int:
        """One file's share of the fingerprint, 0 if it isn't there."""
        try:
            return _hash(path, os.lstat(os.path.join(self._root, path)))
        except OSError:
            return 0

    def account(self, before: int, after: int) -> None:
        """A file's share went from `before` to `after` by the toolbox's own hand."""
        self._seen = (self._seen - before + after) & _MASK


_MASK = (1 << 64) - 1


def scan(root: str, ignored: Collection[str]) -> tuple[int, tuple[str, ...]]:
    """The fingerprint of all files below `root`, and the nested repositories."""
    total = 0
    nested: list[str] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        prefix = folder + "/" if folder else ""
        try:
            entries = os.scandir(os.path.join(root, folder))
        except OSError:
            total += hash(("unreadable", folder))
            continue
        with entries:
            for entry in entries:
                if entry.name == ".git":
                    if folder:
                        nested.append(folder)
                    continue
                path = prefix + entry.name
                if path in ignored:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(path)
                    continue
                try:
                    total += _hash(path, entry.stat(follow_symlinks=False))
                except OSError:
                    total += hash(("gone", path))
    return total & _MASK, tuple(sorted(nested))


def _hash(path: str, state: os.stat_result) -> int:
    return hash(
        (path, state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_mode, state.st_ino)
    )
