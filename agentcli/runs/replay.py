"""Run a recorded run again: its recorded replies against a real sandbox and real git.

The result is a new run with its own id and journal, so it can be shown, compared and applied
like any other. It serves as test cassette and as the offline demo.
"""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentcli import __version__
from agentcli.errors import UsageFault
from agentcli.ids import new_run_id
from agentcli.journal.events import Event, RunEnded, RunStarted
from agentcli.journal.store import Journal, started
from agentcli.journal.stream import effective
from agentcli.runs.cast import RecordedCast
from agentcli.runs.engine import Job, Run
from agentcli.runs.isolation import isolation
from agentcli.runs.places import run_dir, run_lock
from agentcli.sandbox.base import Backend
from agentcli.sandbox.select import Name
from agentcli.settings import Settings
from agentcli.workspace.base import Snapshot
from agentcli.workspace.snapshot import BASE, take_snapshot
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class Replayed:
    """How the replay ended and whether it came to the recorded run's tree."""

    run_id: str
    ended: RunEnded
    same_tree: bool | None  # None: the recording has no end to compare with


async def replay_run(
    run_id: str, journal: Journal, sandbox: Name, on_progress: Callable[[str], None] = print
) -> Replayed:
    """Replay a run of this journal from its own snapshot, in a sandbox of that name.

    Raises what `replay` raises, and SandboxFault when no sandbox works.
    """
    recording = list(journal.events(run_id))
    settings = Settings(**started(effective(recording)).settings)
    backend = await isolation(settings.model_copy(update={"sandbox": sandbox}), on_progress)
    return await replay(recording, journal, backend)


async def replay(
    recording: Sequence[Event],
    journal: Journal,
    backend: Backend,
    *,
    repo: Path | None = None,
) -> Replayed:
    """Replay from the recorded run's own snapshot, or on a given repository.

    Raises UsageFault when a given repository is not what the recording started from.
    """
    events = effective(recording)
    begun = started(events)
    run_id = new_run_id()
    settings = Settings(**begun.settings)
    with run_lock(run_id):
        snapshot, store = await asyncio.to_thread(
            _base, run_dir(run_id), begun, repo, run_dir(events[0].run_id)
        )
        if snapshot.tree != begun.base_tree:
            raise UsageFault(
                "The repository is not what the recording started from.",
                "Replay it from its own run: agentcli replay RUN.",
            )
        beginning = begun.model_copy(
            update={
                "version": __version__,
                "repo": str(snapshot.repo),
                "head": snapshot.head,
                "branch": snapshot.branch,
                "base_commit": snapshot.commit,
                "replay_of": events[0].run_id,
            }
        )
        _bring_hidden(begun, store, run_dir(events[0].run_id))
        job = Job(run_id, beginning, settings, store, backend)
        job = replace(job, settings=settings.model_copy(update={"max_time": None}))
        ended = await Run(job, journal, RecordedCast(events)).carry_out()
    recorded_end = next((e.body for e in reversed(events) if isinstance(e.body, RunEnded)), None)
    same = None if recorded_end is None else recorded_end.tree == ended.tree
    return Replayed(run_id, ended, same)


def _base(
    directory: Path, begun: RunStarted, repo: Path | None, recorded: Path
) -> tuple[Snapshot, RunStore]:
    if repo is not None:
        snapshot = take_snapshot(repo, directory, history=1)
        return snapshot, RunStore.create(directory, snapshot)
    if not (recorded / BASE).is_dir():
        raise UsageFault(
            "The recorded run's snapshot is not on this machine.", "It was removed or imported."
        )
    shutil.copytree(recorded / BASE, directory / BASE)
    shallow = directory / BASE / "shallow"
    snapshot = Snapshot(
        repo=Path(begun.repo),
        head=begun.head,
        branch=begun.branch,
        commit=begun.base_commit,
        tree=begun.base_tree,
        dirty=False,
        shallow=tuple(shallow.read_text().split()) if shallow.exists() else (),
    )
    return snapshot, RunStore.create(directory, snapshot)


def _bring_hidden(begun: RunStarted, store: RunStore, recorded: Path) -> None:
    """The files that only the verdict sees, from the recorded run's repository."""
    if begun.sealed is None or begun.sealed.tree is None:
        return
    tree = begun.sealed.tree
    store.receive(RunStore.open(recorded).pack_for(tree), tree)
    store.pin("hidden", tree)
