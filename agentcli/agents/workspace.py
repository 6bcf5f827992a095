"""An agent's workspace: a sandbox that opens when first needed, and what stands in it.

`tree` is the content as the journal knows it and `head` the last commit of the line of work.
While a run is recalled only these two move; the first live call opens the sandbox at `tree`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from agentcli.errors import SandboxFault
from agentcli.journal.events import Checkpoint, FileChange
from agentcli.sandbox.base import Backend, Sandbox, SandboxError, SandboxSpec
from agentcli.settings import Settings
from agentcli.workspace.store import RunStore

OnOpen = Callable[[Sandbox, str, float], None]  # the sandbox, its tree, seconds it took
Prepare = Callable[[Sandbox], Awaitable[None]]  # the set-up command
# More trailers for a commit: whose it is, the tree before it and its own.
Sign = Callable[[str, str, str], Awaitable[Mapping[str, str]]]


class Workspace:
    """One line of work. `close` removes the sandbox."""

    def __init__(
        self,
        backend: Backend,
        spec: SandboxSpec,
        store: RunStore,
        *,
        on_open: OnOpen,
        prepare: Prepare | None = None,
        sign: Sign | None = None,
    ) -> None:
        self.tree = spec.tree
        self.head = spec.commit
        self.store = store
        self._backend = backend
        self._spec = spec
        self._on_open = on_open
        self._prepare = prepare
        self._sign = sign
        self._opening: asyncio.Task[Sandbox] | None = None

    def prefetch(self) -> None:
        """Start opening the sandbox now, beside other work."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(self.tree))

    async def sandbox(self) -> Sandbox:
        """The open sandbox, at `tree`."""
        self.prefetch()
        assert self._opening is not None
        return await asyncio.shield(self._opening)

    async def checkpoint(self, number: int) -> tuple[Checkpoint | None, tuple[str, ...]]:
        """Take in what changed since the last one: None when nothing did; and notes for people."""
        sandbox = await self.sandbox()
        with _or_broken("take in its files"):
            packed = await sandbox.checkpoint(self.tree)
        if packed is None:
            return None, ()
        changes = await asyncio.to_thread(self._receive, packed.pack, packed.tree)
        self.tree = packed.tree
        return Checkpoint(number=number, tree=packed.tree, changes=changes), packed.notes

    def recall(self, tree: str) -> None:
        """A recorded checkpoint: the sandbox will be opened at this tree."""
        self.tree = tree

    async def restore(self, tree: str) -> None:
        """Go back (or forth) to a tree, exactly."""
        if self._opening is not None:
            sandbox = await self.sandbox()
            pack = await asyncio.to_thread(self.store.pack_for, tree)
            with _or_broken("go back"):
                await sandbox.restore(tree, pack)
        self.tree = tree

    async def commit(self, message: str, trailers: Mapping[str, str]) -> str:
        """A commit of `tree` on top of `head`; `head` itself when nothing changed."""
        before = await asyncio.to_thread(self.store.tree_of, self.head)
        if before == self.tree:
            return self.head
        agent = trailers["Agentcli-Agent"]
        more = {} if self._sign is None else await self._sign(agent, before, self.tree)
        return await asyncio.to_thread(
            self.store.commit, self.tree, [self.head], message, {**more, **trailers}
        )

    async def close(self) -> None:
        """Remove the sandbox, also one that is still being opened."""
        if self._opening is None:
            return
        opening, self._opening = self._opening, None
        opening.cancel()
        try:
            sandbox = await opening
        except BaseException:  # noqa: BLE001 - whoever awaited sandbox() was told already
            return
        await sandbox.close()

    async def _open(self, tree: str) -> Sandbox:
        loop = asyncio.get_running_loop()
        began = loop.time()
        pack = await asyncio.to_thread(self.store.pack_for, tree)
        sandbox = await self._backend.open(replace(self._spec, tree=tree, pack=pack))
        try:
            if self._prepare is not None:
                await self._prepare(sandbox)
        except BaseException:
            await sandbox.close()
            raise
        self._on_open(sandbox, tree, loop.time() - began)
        return sandbox

    def _receive(self, pack: bytes, tree: str) -> tuple[FileChange, ...]:
        self.store.receive(pack, tree)  # also without a pack: nothing is believed unseen
        return self.store.changes(self.tree, tree)


@contextmanager
def _or_broken(what: str) -> Iterator[None]:
    """A refusal that is no answer to the model: commands have damaged what checkpoints need."""
    try:
        yield
    except SandboxError as error:
        raise SandboxFault(
            f"The sandbox can't {what}: {error}", "`agentcli resume` goes on in a new one."
        ) from error


def sandbox_spec(store: RunStore, settings: Settings, name: str) -> SandboxSpec:
    """How the sandboxes of a run are made, at the tree that the run began from."""
    return SandboxSpec(
        owner=store.run,
        name=name,
        objects=store.objects,
        shallow=store.shallow,
        commit=store.base_commit,
        tree=store.base_tree,
        image=settings.image,
        network=settings.network,
        network_allow=settings.network_allow,
        memory_mb=settings.memory_mb,
        cpus=settings.cpus,
        pids=settings.pids,
        disk_mb=settings.disk_mb,
    )
