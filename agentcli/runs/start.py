"""Start a run: look at the repository, take the snapshot, choose isolation and model, go."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from agentcli import __version__
from agentcli.agents.loop import OnText
from agentcli.errors import UsageFault
from agentcli.ids import new_run_id
from agentcli.journal.events import ModelRetried, RunEnded, RunStarted
from agentcli.journal.store import Journal
from agentcli.models.build import resolve_models
from agentcli.models.lazy import warm_up
from agentcli.modes.base import find_mode
from agentcli.runs.cast import LiveCast
from agentcli.runs.engine import Job, Run
from agentcli.runs.places import run_dir, run_lock
from agentcli.sandbox.select import choose
from agentcli.settings import Settings
from agentcli.workspace.snapshot import take_snapshot
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class Order:
    """What a person asks for."""

    task: str
    repo: Path
    settings: Settings


async def start(order: Order, journal: Journal, on_text: OnText | None = None) -> RunEnded:
    """Carry out a new run. Raises what can be known to be wrong before it begins."""
    if not order.task.strip():
        raise UsageFault("The task is empty.", 'Say what to do: agentcli run "…".')
    find_mode(order.settings.mode)
    warm_up()  # seconds of imports, beside the snapshot and the sandbox
    run_id = new_run_id()
    with run_lock(run_id):
        job = await _prepare(order, run_id)

        def retried(body: ModelRetried) -> None:
            journal.append(run_id, "", body)

        async with LiveCast(job.settings, retried) as cast:
            return await Run(job, journal, cast, on_text).carry_out()


async def _prepare(order: Order, run_id: str) -> Job:
    directory = run_dir(run_id)
    async with asyncio.TaskGroup() as group:
        choosing = group.create_task(choose(order.settings.sandbox))
        snapping = group.create_task(
            asyncio.to_thread(
                RunStore.create, directory, order.repo, order.settings.history_commits
            )
        )
        resolving = group.create_task(resolve_models(order.settings))
    store, snapshot = snapping.result()
    settings = resolving.result()
    started = RunStarted(
        version=__version__,
        task=order.task,
        repo=str(snapshot.repo),
        head=snapshot.head,
        branch=snapshot.branch,
        base_commit=snapshot.commit,
        base_tree=snapshot.tree,
        mode=settings.mode,
        models={"coder": settings.model or ""},
        test=settings.test,
        settings=settings.model_dump(mode="json"),
        seed=settings.seed,
    )
    return Job(run_id, started, settings, store, choosing.result())
