"""Run one command: separate outputs, a time limit, and nothing left behind when it strikes."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Mapping

from disk import DiskGuard
from procs import descendants, kill_everything, reap, spawn
from ring import Ring

TYPE_CHECKING = False  # typing itself would cost every start 4 ms
if TYPE_CHECKING:
    from typing import Any

_DRAIN = 0.05  # seconds to wait for more output once the command itself has ended
_TICK = 0.1  # seconds between looks at the disk


class Outlet:
    """One output pipe of a command and what came through it."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.ring = Ring()
        self.open = True

    def pull(self) -> None:
        """Take what is there; the end of the stream closes it."""
        chunk = os.read(self.reader, 1 << 16)
        self.ring.add(chunk)
        if not chunk:
            self.close()

    def close(self) -> None:
        """Let go of the pipe."""
        if self.open:
            self.open = False
            os.close(self.reader)


class Command:
    """One running command. `wake` is readable when a child ends, `channel` when the host speaks."""

    def __init__(self, wake: int, channel: int, disk: DiskGuard) -> None:
        self._wake = wake
        self._channel = channel
        self._disk = disk
        self.outlets = (Outlet(), Outlet())
        self._notes: list[str] = []
        self._exit_code: int | None = None

    def run(
        self,
        text: str,
        cwd: int,
        env: Mapping[str, str],
        timeout: float,
        cancelled: Callable[[], bool],
    ) -> dict[str, Any]:
        """Run to the end, the time limit or the cancellation; the result as the host reads it."""
        started = time.monotonic()
        before = len(descendants())
        pid = self._start(text, cwd, env)
        ended = self._watch(pid, started + timeout, cancelled)
        if ended:
            self._drain()
            if complaint := self._disk.complaint():
                self._notes.append(f"{complaint}: delete something")
            left = descendants()
            if len(left) > before:
                verb = "processes still run" if len(left) > 1 else "process still runs"
                self._notes.append(f"{len(left)} {verb} in the background")
        else:
            kill_everything()
            self._drain()
        out, err = self.outlets
        return {
            "exit_code": self._exit_code,
            "stdout": out.ring.text(),
            "stderr": err.ring.text(),
            "stdout_size": out.ring.size,
            "stderr_size": err.ring.size,
            "seconds": time.monotonic() - started,
            "notes": self._notes,
        }

    def _start(self, text: str, cwd: int, env: Mapping[str, str]) -> int:
        null = os.open(os.devnull, os.O_RDONLY)
        try:
            writers = [outlet.writer for outlet in self.outlets]
            return spawn(["bash", "-c", text], env, null, writers[0], writers[1], cwd)
        finally:
            os.close(null)
            for outlet in self.outlets:
                os.close(outlet.writer)

    def _watch(self, pid: int, deadline: float, cancelled: Callable[[], bool]) -> bool:
        """Whether the command ended by itself; else it is to be killed."""
        look = time.monotonic() + _TICK
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                self._notes.append("the time limit was reached, everything it started was killed")
                return False
            ready = self._poll(min(left, _TICK), self._wake, self._channel)
            if time.monotonic() >= look:
                look = time.monotonic() + _TICK
                if complaint := self._disk.complaint():
                    self._exit_code = -9
                    self._notes.append(f"killed: {complaint}")
                    return False
            if self._channel in ready and cancelled():
                self._notes.append("cancelled")
                return False
            if self._wake in ready:
                _clear(self._wake)
                self._exit_code = reap().get(pid)
                if self._exit_code is not None:
                    return True

    def _drain(self) -> None:
        deadline = time.monotonic() + 4 * _DRAIN  # a chatty background process must not hold us
        while any(outlet.open for outlet in self.outlets) and time.monotonic() < deadline:
            if not self._poll(_DRAIN):
                return

    def _poll(self, seconds: float, *others: int) -> set[int]:
        poll = select.poll()
        for fd in others:
            poll.register(fd, select.POLLIN)
        for outlet in self.outlets:
            if outlet.open:
                poll.register(outlet.reader, select.POLLIN)
        ready = {fd for fd, _ in poll.poll(seconds * 1000)}
        for outlet in self.outlets:
            if outlet.open and outlet.reader in ready:
                outlet.pull()
        return ready


def _clear(fd: int) -> None:
    try:
        os.read(fd, 4096)
    except BlockingIOError:
        return
