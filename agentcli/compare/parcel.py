"""A trial that is carried out elsewhere: what goes out with it, and what comes home.

Whoever carries it out needs nothing but agentcli, an engine, and the keys of its models.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentcli.compare.outcome import Outcome
from agentcli.compare.plan import Plan, versions_here
from agentcli.compare.result import failed_before
from agentcli.compare.store import Claim
from agentcli.compare.study import Study
from agentcli.compare.trial import carry_out
from agentcli.journal.events import Event
from agentcli.journal.store import Journal
from agentcli.runs.places import run_dir
from agentcli.settings import Settings
from agentcli.tasks.parcel import pack_folder, pack_task, unpack_folder, unpack_task
from agentcli.tasks.task import Task


@dataclass(frozen=True)
class Parcel:
    """One trial on its way out."""

    claim: Claim
    plan: Plan
    base: Settings
    task: Task
    files: bytes


@dataclass(frozen=True)
class Home:
    """What comes back: the outcome, the run's events, and the run's files."""

    outcome: Outcome
    events: tuple[str, ...]
    files: bytes


def make_parcel(claim: Claim, study: Study) -> Parcel:
    """Everything that the claim's trial needs. Raises UsageFault when its files can't be had."""
    task = study.tasks[claim.trial.task]
    return Parcel(claim, study.plan, study.base, task, pack_task(task))


async def open_parcel(parcel: Parcel) -> Home:
    """Carry the trial out here, in a state directory of its own that is gone afterwards."""
    with _own_state() as folder, Journal() as journal:
        claim = parcel.claim
        differences = parcel.plan.versions.differences(versions_here())
        if differences:
            reason = f"this node has other versions: {'; '.join(differences)}"
            return Home(failed_before(claim, journal, reason), (), b"")
        task = unpack_task(parcel.task, parcel.files, folder / "task")
        study = Study(folder / "study", parcel.plan, {task.id: task}, parcel.base)
        outcome = await carry_out(claim, study, journal)
        events = tuple(event.to_json() for event in journal.events(claim.run_id))
        there = run_dir(claim.run_id)
        return Home(outcome, events, pack_folder(there) if there.exists() else b"")


def take_home(claim: Claim, home: Home, journal: Journal) -> Outcome:
    """Put what came back where a run of this machine would have left it."""
    if home.files:
        unpack_folder(home.files, run_dir(claim.run_id))
    journal.import_run(Event.from_json(line) for line in home.events)
    return home.outcome


@contextmanager
def _own_state() -> Iterator[Path]:
    """A node's worker does one trial at a time, so its environment is this trial's."""
    before = os.environ.get("XDG_STATE_HOME")
    with tempfile.TemporaryDirectory(prefix="agentcli-", ignore_cleanup_errors=True) as name:
        os.environ["XDG_STATE_HOME"] = name
        try:
            yield Path(name)
        finally:
            if before is None:
                del os.environ["XDG_STATE_HOME"]
            else:
                os.environ["XDG_STATE_HOME"] = before
