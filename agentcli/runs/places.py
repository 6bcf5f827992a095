"""Where a run keeps its files, and the lock that says a process works on it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentcli.errors import UsageFault
from agentcli.settings import state_dir


def run_dir(run_id: str) -> Path:
    """The run's directory: its bare repositories and its lock."""
    return state_dir() / "runs" / run_id


@contextmanager
def run_lock(run_id: str) -> Iterator[None]:
    """Hold the run. Raises UsageFault when another process does; the kernel frees a dead one's."""
    directory = run_dir(run_id)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise UsageFault(
                f"Run {run_id} is at work in process {file.read().strip() or '?'}.",
                "Wait for it, or stop it with Ctrl-C there.",
            ) from None
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
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
