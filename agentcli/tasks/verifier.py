"""The verifier: a command whose exit code decides, run on a tree in a fresh sandbox.

It never runs where an agent worked, so nothing an agent left outside the tree can help it. Test
files of the base that the agents changed or removed are reported, and the verdict is given a
second time with those put back. Paths that the settings protect are always judged as they are in
the base: what was changed there is put back, what was added is taken out. Files that agents
never saw are put in.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentcli.agents.scope import covers
from agentcli.agents.tools.base import as_check
from agentcli.errors import SandboxFault
from agentcli.filenames import is_test_file
from agentcli.journal.events import Check, Verified
from agentcli.sandbox.base import Backend, Sandbox, SandboxSpec
from agentcli.workspace.revert import revert
from agentcli.workspace.store import RunStore
from agentcli.workspace.trees import Difference, differences

_OUTPUT = 6000  # characters of a verifier's output that are kept


@dataclass(frozen=True)
class Verifier:
    """A command, how to prepare for it, and what must not be trusted from the agents.

    `hidden` is a tree of the run's store: the base with the files that only the verdict sees.
    """

    command: str
    timeout: float
    setup: str | None = None
    protect: Sequence[str] = ()
    hidden: str | None = None

    async def judge(
        self, backend: Backend, spec: SandboxSpec, store: RunStore, base_tree: str
    ) -> Verified:
        """Run on `spec.tree`. Each verdict has its own sandbox, removed afterwards."""
        judged = spec.tree
        unseen = differences(store.git, self.hidden, base_tree) if self.hidden else ()
        protected, tests = self._touched(store, base_tree, judged, unseen)
        if protected or unseen:
            judged = await asyncio.to_thread(revert, store, judged, (*protected, *unseen))
        check = await self._check(backend, spec, store, judged)
        pristine = None
        if tests:
            original = await asyncio.to_thread(revert, store, judged, tests)
            pristine = await self._check(backend, spec, store, original)
        return Verified(
            tree=spec.tree,
            check=check,
            changed_tests=tuple(os.fsdecode(one.path) for one in (*protected, *tests)),
            pristine=pristine,
        )

    async def _check(
        self, backend: Backend, spec: SandboxSpec, store: RunStore, tree: str
    ) -> Check:
        """A verdict in a sandbox of its own: what another one left (caches) can't change it."""
        sandbox = await open_at(backend, spec, store, tree)
        try:
            await run_setup(self.setup, sandbox, self.timeout)
            result = await sandbox.run(self.command, timeout=self.timeout)
        finally:
            await sandbox.close()
        return as_check(self.command, result, _OUTPUT)

    def _touched(
        self, store: RunStore, base: str, tree: str, unseen: Sequence[Difference]
    ) -> tuple[list[Difference], list[Difference]]:
        """What differs from the base: at protected paths, and at its other test files."""
        protected, tests = [], []
        replaced = {difference.path for difference in unseen}
        for difference in differences(store.git, base, tree):
            path = os.fsdecode(difference.path)
            if difference.path in replaced:
                continue
            if any(covers(pattern, path) for pattern in self.protect):
                protected.append(difference)
            elif difference.before is not None and is_test_file(path):
                tests.append(difference)
        return protected, tests


async def run_setup(command: str | None, sandbox: Sandbox, timeout: float) -> None:
    """Prepare a new sandbox. Raises SandboxFault with the command's last line when it fails."""
    if command is None:
        return
    result = await sandbox.run(command, timeout=max(timeout, 600))
    if result.exit_code != 0:
        said = (result.stderr.strip() or result.stdout.strip() or "no output").splitlines()[-1]
        raise SandboxFault(f"The set-up command failed: {said}", f"It is: {command}")


async def open_at(backend: Backend, spec: SandboxSpec, store: RunStore, tree: str) -> Sandbox:
    """A new sandbox of that kind, whose workspace is `tree`."""
    pack = await asyncio.to_thread(store.pack_for, tree)
    return await backend.open(replace(spec, tree=tree, pack=pack))
