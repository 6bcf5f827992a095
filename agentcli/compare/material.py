"""The repositories that trials work on.

A task is made real once in a study, with the snapshot that its runs start from; each trial gets a
copy of both. So all trials of a task begin from the same commit, and none sees another's.
"""

import asyncio
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agentcli.tasks.material import materialise
from agentcli.tasks.task import Task
from agentcli.workspace.snapshot import Taken, take_snapshot

_REPO = "repository"
_SNAPSHOT = "snapshot"


@dataclass(frozen=True)
class Material:
    """Places below a study's folder."""

    folder: Path
    _making: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def repository(self, task: Task, trial: str) -> tuple[Path, Taken]:
        """The trial's repository and its snapshot; one that is there was made whole before.

        Raises UsageFault, naming the task, when its files can't be had.
        """
        first = self.folder / "tasks" / task.id
        async with self._making.setdefault(task.id, asyncio.Lock()):
            if not first.exists():
                await asyncio.to_thread(_make, task, first)
        place = self._place(trial)
        if not place.exists():
            await asyncio.to_thread(_whole, place, lambda new: _copy(first / _REPO, new))
        return place, Taken.read(first / _SNAPSHOT, place)

    def remove(self, trial: str) -> None:
        """Delete what a scored trial no longer needs."""
        shutil.rmtree(self._place(trial), ignore_errors=True)

    def _place(self, trial: str) -> Path:
        return self.folder / "repositories" / trial


def _make(task: Task, first: Path) -> None:
    def both(new: Path) -> None:
        repo = materialise(task, new / _REPO)
        Taken(take_snapshot(repo, new / _SNAPSHOT, 1), new / _SNAPSHOT).write()

    _whole(first, both)


def _copy(repo: Path, new: Path) -> None:
    shutil.copytree(repo, new, symlinks=True)


def _whole(place: Path, make: Callable[[Path], None]) -> None:
    """Make a folder that is either there and whole, or not there, whoever else makes it too."""
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}-{secrets.token_hex(4)}")
    make(new)
    try:
        new.rename(place)
    except OSError:  # another process was first, and its own is as good
        shutil.rmtree(new)
