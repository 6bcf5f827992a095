"""Start a run: look at the repository, take the snapshot, choose isolation and model, go."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agentcli import __version__
from agentcli.agents.loop import OnText
from agentcli.concurrency import at_once
from agentcli.delegation.gates.base import Person
from agentcli.errors import UsageFault
from agentcli.ids import new_run_id
from agentcli.journal.events import ModelRetried, RunEnded, RunStarted, Sealed
from agentcli.journal.store import Journal
from agentcli.models.build import open_models, resolve_models
from agentcli.models.lazy import warm_up
from agentcli.runs.cast import LiveCast
from agentcli.runs.checks import check_way_of_working
from agentcli.runs.engine import Job, Run
from agentcli.runs.isolation import isolation
from agentcli.runs.places import run_dir, run_lock
from agentcli.settings import Settings
from agentcli.tasks.bench import hidden_tree
from agentcli.tasks.task import Task
from agentcli.workspace.base import Snapshot
from agentcli.workspace.snapshot import Taken, take_snapshot
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class Order:
    """What is asked for.

    `measured` is the task that it comes from, when it is judged by more than agents may know.
    `run_id` is for who must know the run before it begins; else it gets a new one. `taken` is a
    snapshot of `repo` that was taken before, else one is taken now.
    """

    task: str
    repo: Path
    settings: Settings
    measured: Task | None = None
    run_id: str = field(default_factory=new_run_id)
    taken: Taken | None = None


async def start(
    order: Order,
    journal: Journal,
    on_text: OnText | None = None,
    on_progress: Callable[[str], None] = print,
    person: Person | None = None,
) -> RunEnded:
    """Carry out a new run. Raises what can be known to be wrong before it begins.

    `on_progress` is told what takes long before the run can begin (building the image, once);
    `person` is who may be asked during it.
    """
    if not order.task.strip():
        raise UsageFault("The task is empty.", 'Say what to do: agentcli run "…".')
    check_way_of_working(order.settings)
    warm_up()  # seconds of imports, beside the snapshot and the sandbox
    run_id = order.run_id
    with run_lock(run_id):
        try:
            job = await _prepare(order, run_id, on_progress)
        except BaseException:
            shutil.rmtree(run_dir(run_id), ignore_errors=True)  # nothing is recorded yet
            raise

        def retried(body: ModelRetried) -> None:
            journal.append(run_id, "", body)

        async with open_models(job.settings, retried) as models:
            cast = LiveCast(job.settings, models)
            return await Run(job, journal, cast, on_text, person).carry_out()


async def _prepare(order: Order, run_id: str, on_progress: Callable[[str], None]) -> Job:
    backend, (snapshot, store), settings = await at_once(
        isolation(order.settings, on_progress),
        asyncio.to_thread(_snapshot, order, run_dir(run_id)),
        resolve_models(order.settings),
    )
    started = RunStarted(
        version=__version__,
        task=order.task,
        repo=str(snapshot.repo),
        head=snapshot.head,
        branch=snapshot.branch,
        base_commit=snapshot.commit,
        base_tree=snapshot.tree,
        mode=settings.mode,
        models={"coder": settings.coder_model or settings.model or ""},
        test=settings.test,
        settings=settings.model_dump(mode="json"),
        seed=settings.seed,
        sealed=await asyncio.to_thread(_seal, order.measured, store),
    )
    return Job(run_id, started, settings, store, backend)


def _snapshot(order: Order, directory: Path) -> tuple[Snapshot, RunStore]:
    if order.taken is not None:
        snapshot = order.taken.copy(directory)
    else:
        snapshot = take_snapshot(order.repo, directory, order.settings.history_commits)
    return snapshot, RunStore.create(directory, snapshot)


def _seal(task: Task | None, store: RunStore) -> Sealed | None:
    if task is None:
        return None
    tree = hidden_tree(store, task)
    if tree is not None:
        store.pin("hidden", tree)  # for a resume, and so that git never drops it
    return Sealed(tree=tree, check=task.agents_check)
