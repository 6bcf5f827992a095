"""A task on the bench: its start in a store of its own, where any tree can be judged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from agentcli.agents.workspace import sandbox_spec
from agentcli.errors import UsageFault
from agentcli.ids import new_run_id
from agentcli.journal.events import Verified
from agentcli.sandbox.base import Backend, SandboxSpec
from agentcli.settings import Settings
from agentcli.tasks.images import task_image
from agentcli.tasks.layers import lay
from agentcli.tasks.material import materialise, scratch_folder
from agentcli.tasks.task import Layer, Task
from agentcli.tasks.verifier import Verifier, open_at, run_setup
from agentcli.workspace.snapshot import take_snapshot
from agentcli.workspace.store import RunStore

_SOLVING = 600.0  # seconds that a reference's command may take


@dataclass(frozen=True)
class Bench:
    """One task, its start as `store.base_tree`, and all that it takes to judge."""

    task: Task
    store: RunStore
    backend: Backend
    spec: SandboxSpec
    verifier: Verifier

    async def judge(self, tree: str) -> Verified:
        """The verdict on a tree of the store, in fresh sandboxes."""
        spec = replace(self.spec, name="verifier", tree=tree)
        return await self.verifier.judge(self.backend, spec, self.store, self.store.base_tree)

    async def solve(self) -> str:
        """The start with the reference solution, as a tree. Raises UsageFault if it can't be."""
        tree = self.store.base_tree
        if self.task.reference is not None:
            tree = await asyncio.to_thread(_laid, self.store, self.task, self.task.reference)
        return tree if self.task.solve is None else await self._run_solution(tree, self.task.solve)

    async def _run_solution(self, tree: str, command: str) -> str:
        sandbox = await open_at(self.backend, self.spec, self.store, tree)
        try:
            await run_setup(self.task.setup, sandbox, self.task.timeout)
            result = await sandbox.run(command, timeout=_SOLVING)
            packed = await sandbox.checkpoint(tree)
        finally:
            await sandbox.close()
        if result.exit_code != 0:
            said = (result.stderr.strip() or result.stdout.strip() or "no output").splitlines()[-1]
            raise UsageFault(f"Task {self.task.id}: its `solve` command failed: {said}")
        if packed is None:
            return tree
        await asyncio.to_thread(self.store.receive, packed.pack, packed.tree)
        return packed.tree


@asynccontextmanager
async def bench(task: Task, backend: Backend, settings: Settings) -> AsyncIterator[Bench]:
    """Set a task up in a temporary place; all of it is gone afterwards.

    Raises UsageFault, naming the task, for files that can't be had.
    """
    image = await task_image(task, backend)
    with scratch_folder() as folder:
        store, hidden = await asyncio.to_thread(_stored, task, folder)
        verifier = Verifier(task.verify, task.timeout, task.setup, task.protect, hidden)
        yield Bench(task, store, backend, _spec(task, store, settings, image), verifier)


def _stored(task: Task, folder: Path) -> tuple[RunStore, str | None]:
    repo = materialise(task, folder / "repo")
    run = folder / new_run_id()
    store = RunStore.create(run, take_snapshot(repo, run, 1))
    return store, hidden_tree(store, task)


def hidden_tree(store: RunStore, task: Task) -> str | None:
    """The start with the task's hidden files on top, for `Verifier.hidden`; None without any."""
    return None if task.hidden is None else _laid(store, task, task.hidden)


def _laid(store: RunStore, task: Task, layer: Layer) -> str:
    try:
        return lay(store.git, store.base_tree, layer)
    except UsageFault as fault:
        raise UsageFault(f"Task {task.id}: {fault.message}", fault.fix) from fault


def _spec(task: Task, store: RunStore, settings: Settings, image: str | None) -> SandboxSpec:
    return replace(
        sandbox_spec(store, settings, "solver"),
        image=image or settings.image,
        network=task.network or settings.network,
    )
