"""What an agent's commands do to their sandbox is a fault of it, never a crash of the run."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from agentcli.agents.workspace import Workspace
from agentcli.errors import SandboxFault
from agentcli.sandbox.base import SandboxSpec
from agentcli.sandbox.host import HostBackend
from tests.workspace.conftest import Person, start
from tests.workspace.conftest import person as person
from tests.workspace.conftest import run_dir as run_dir


@pytest.mark.parametrize("damage", ["echo junk > ~/.agentcli/git/index", "rm -r ~/.agentcli"])
async def test_damaged_checkpoints_are_a_fault(person: Person, run_dir: Path, damage: str) -> None:
    store = start(person, run_dir).store
    commit, tree = store.base_commit, store.base_tree
    spec = SandboxSpec("run", "1", store.objects, store.shallow, commit, tree)
    workspace = Workspace(HostBackend(), spec, store, on_open=lambda *_: None)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(workspace.close)
        sandbox = await workspace.sandbox()
        await sandbox.run(f"{damage}; echo x > x", timeout=10)
        with pytest.raises(SandboxFault):
            await workspace.checkpoint(1)
        with pytest.raises(SandboxFault):
            await workspace.restore(tree)
