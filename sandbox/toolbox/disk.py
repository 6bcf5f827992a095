"""The disk limit: notice by the file system's free space, then measure."""

from __future__ import annotations

import os
from collections.abc import Sequence

_MIB = 1 << 20
_RESERVE = 128 * _MIB  # free space below which a command is stopped whoever fills the disk


class DiskGuard:
    """Watches how much of the disk the sandbox's own folders take.

    Asking for the free space costs a microsecond; walking the folders is done only when that
    fell by more than what the sandbox may still use. Other users of the same disk can make the
    free space fall too, so only the walk decides.
    """

    def __init__(self, folders: Sequence[str], limit_mb: int) -> None:
        self._folders = folders
        self._limit = limit_mb * _MIB
        self._used = 0
        self._free = self._free_space()

    def complaint(self) -> str | None:
        """Why the command must be stopped, or None."""
        free = self._free_space()
        if free < _RESERVE and free < self._free:
            return "the disk is nearly full"
        if self._free - free <= self._limit - self._used:
            return None
        self._used = sum(map(_usage, self._folders))
        self._free = free
        if self._used > self._limit:
            return f"the sandbox holds {self._used // _MIB} MiB, its limit is {self._limit // _MIB}"
        return None

    def _free_space(self) -> int:
        state = os.statvfs(self._folders[0])
        return state.f_bavail * state.f_frsize


def _usage(root: str) -> int:
    """Bytes on disk below a directory; a file with several names counts once."""
    total = 0
    seen: set[int] = set()
    pending = [root]
    while pending:
        try:
            entries = os.scandir(pending.pop())
        except OSError:
            continue
        with entries:
            for entry in entries:
                try:
                    state = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                if state.st_nlink == 1 or state.st_ino not in seen:
                    seen.add(state.st_ino)
                    total += state.st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
    return total
