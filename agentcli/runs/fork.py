"""Take a run another way from one of its steps on, as a new run; the first one is not touched.

The new run gets the events before that step, under its own id, and a copy of the run's
repositories. So it stands where the first one would have stood, had it been killed just there,
and `resume` goes on with it: what is on record is recalled, the step is asked for anew.
"""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from agentcli.errors import UsageFault
from agentcli.ids import ROOT_AGENT, new_run_id
from agentcli.journal.events import Event, ModelReplied, RunStarted
from agentcli.journal.store import Journal
from agentcli.journal.stream import effective
from agentcli.runs.places import run_dir, run_lock
from agentcli.workspace.snapshot import BASE
from agentcli.workspace.store import RunStore

_OWN = ("base", "hidden")  # pins that a run has from its beginning
_UNFINISHED = "tmp_*"  # what git writes beside its objects while the first run is at work


def fork(run_id: str, journal: Journal, step: int | None = None, agent: str = ROOT_AGENT) -> str:
    """Make the new run and return its id. An agent's steps count from 1; without one, its last.

    Other agents keep what was on record at that moment. Raises UsageFault when the run has no
    such step, InfraFault when its files are gone.
    """
    kept = _before(run_id, list(journal.events(run_id)), step, agent)
    new_id = new_run_id()
    with run_lock(new_id):
        try:
            _copy_store(RunStore.open(run_dir(run_id)), run_dir(new_id), kept)
            journal.import_run(iter(_renamed(kept, run_id, new_id)))
        except BaseException:
            shutil.rmtree(run_dir(new_id), ignore_errors=True)
            raise
    return new_id


def _before(run_id: str, events: Sequence[Event], step: int | None, agent: str) -> list[Event]:
    """The events before a step's reply, as they were appended."""
    replies = {
        event.body.step: event.seq
        for event in effective(events)
        if event.agent_id == agent and isinstance(event.body, ModelReplied)
    }
    if not replies:
        raise UsageFault(f"Agent {agent} of run {run_id} has taken no step.", "Name another one.")
    wanted = max(replies) if step is None else step
    if wanted not in replies:
        raise UsageFault(
            f"Agent {agent} of run {run_id} has no step {wanted}.",
            f"It took the steps {min(replies)} to {max(replies)}.",
        )
    return [event for event in events if event.seq < replies[wanted]]


def _renamed(events: Sequence[Event], run_id: str, new_id: str) -> list[Event]:
    """The events as the new run's, moved in time as a whole, so that the last one is now."""
    later = time.time() - events[-1].at
    return [
        event.model_copy(
            update={"run_id": new_id, "at": event.at + later, "body": _body(event, run_id)}
        )
        for event in events
    ]


def _body(event: Event, run_id: str) -> object:
    body = event.body
    return body.model_copy(update={"fork_of": run_id}) if isinstance(body, RunStarted) else body


def _copy_store(store: RunStore, directory: Path, kept: Sequence[Event]) -> None:
    """The repositories with all their objects, but with pins only of what is kept."""
    shutil.copytree(store.run_dir / BASE, directory / BASE)
    unfinished = shutil.ignore_patterns(_UNFINISHED)
    shutil.copytree(store.path, directory / store.path.name, ignore=unfinished)
    copied = RunStore(directory, store.base_commit, store.base_tree)
    told = "\n".join(event.to_json() for event in kept)
    prefix = f"refs/agentcli/{store.run}/"
    listing = copied.git.text("for-each-ref", "--format=%(refname) %(objectname)", prefix)
    for line in listing.splitlines():
        ref, name = line.split()
        suffix = ref.removeprefix(prefix)
        copied.git.run("update-ref", "-d", ref)
        if name in told or suffix in _OWN:
            copied.pin(suffix, name)
