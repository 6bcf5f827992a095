"""The disk limit: notice by the file system's free space, then measure."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

_MIB = 1 << 20
_PERIOD = 1.0  # seconds between measurements while a command runs
_SHARE = 20  # a measurement may take this part of the time
_RESERVE = 128 * _MIB  # free space below which a command is stopped whoever fills the disk


class DiskGuard:
    """Watches how much of the disk the sandbox's own folders take.

    Only walking the folders tells. That is done about every second (less often where it takes
    long), and at once when the free space, which costs nothing to ask for, fell by more than
    what the sandbox may still use. Free space alone decides nothing, for others use the disk too,
    except where a command hides what it holds: then it is held for all that went since the start.
    """

    def __init__(self, folders: Sequence[str], limit_mb: int) -> None:
        self._folders = folders
        self._limit = limit_mb * _MIB
        self._used = 0
        self._start = self._free = self._last = self._free_space()
        self._due = time.monotonic() + _PERIOD

    def complaint(self) -> str | None:
        """Why the command must be stopped, or None."""
        free = self._free_space()
        shrinks, self._last = free < self._last, free
        self._free = max(self._free, free)
        fell = self._free - free > self._limit - self._used
        started = time.monotonic()
        if free < _RESERVE and shrinks:
            return "the disk is nearly full"
        if not fell and started < self._due:
            return None
        before, self._used = self._used, self._measure(free)
        self._free = free
        ended = time.monotonic()
        self._due = ended + max(_PERIOD, _SHARE * (ended - started))
        if self._used <= before:
            return None  # what does not grow may run on: it could be the command that makes room
        if self._used > self._limit:
            return f"the sandbox holds {self._used // _MIB} MiB, its limit is {self._limit // _MIB}"
        return None

    def _measure(self, free: int) -> int:
        found = [_usage(folder) for folder in self._folders]
        seen = sum(size for size, _ in found)
        return max(seen, self._start - free) if any(hidden for _, hidden in found) else seen

    def _free_space(self) -> int:
        state = os.statvfs(self._folders[0])
        return state.f_bavail * state.f_frsize


def _usage(root: str) -> tuple[int, bool]:
    """Bytes on disk below a directory, and whether some of it can't be looked into.

    A file with several names counts once. A folder without rights, or at the end of a path that
    is too long, can't be looked into.
    """
    total = 0
    hidden = False
    seen: set[int] = set()
    pending = [root]
    while pending:
        try:
            entries = os.scandir(pending.pop())
        except FileNotFoundError:
            continue
        except OSError:
            hidden = True
            continue
        with entries:
            for entry in entries:
                try:
                    state = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                except OSError:
                    hidden = True
                    continue
                if state.st_nlink == 1 or state.st_ino not in seen:
                    seen.add(state.st_ino)
                    total += state.st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
    return total, hidden
