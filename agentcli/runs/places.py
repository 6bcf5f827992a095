"""Where a run keeps its files, and the lock that says a process works on it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from agentcli.errors import UsageFault
from agentcli.settings import state_dir

_EXEC = 2.0  # seconds in which a dead owner's last child surely has reached its exec


def run_dir(run_id: str) -> Path:
    """The run's directory: its bare repositories and its lock."""
    return state_dir() / "runs" / run_id


@contextmanager
def run_lock(run_id: str) -> Iterator[None]:
    """Hold the run. Raises UsageFault when another process does; the kernel frees a dead one's."""
    directory = run_dir(run_id)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("a+") as file:
        if not _take(file):
            file.seek(0)
            raise UsageFault(
                f"Run {run_id} is at work in process {file.read().strip() or '?'}.",
                "Wait for it, or stop it with Ctrl-C there.",
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_at_work(run_id: str) -> bool:
    """Whether a living process holds the run."""
    path = run_dir(run_id) / "lock"
    if not path.exists():
        return False
    with path.open("a+") as file:
        return not _take(file)


def _take(file: IO[str]) -> bool:
    """Lock the file. A dead owner's child may hold the lock until its exec, for some 0.1 s."""
    deadline = time.monotonic() + _EXEC
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            file.seek(0)
            if _lives(file.read().strip()) or time.monotonic() > deadline:
                return False
            time.sleep(0.02)


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
