"""A delegation in its giver's own workspace: begun at a commit, kept or rolled back at its end."""

import asyncio

from agentcli.agents.workspace import Workspace
from agentcli.journal.events import Brief, Delegated, DelegationClosed, Result
from agentcli.journal.stream import Stream

_KEPT = ("done", "partial")


async def begin(
    delegation: str, brief: Brief, stream: Stream, workspace: Workspace, role: str
) -> Delegated:
    """Commit what stands as the giver's (whose `role` this is), so that the child's diff is only
    the child's."""

    async def live() -> Delegated:
        trailers = {
            "Agentcli-Run": stream.run_id,
            "Agentcli-Agent": stream.agent_id,
            "Agentcli-Role": role,
        }
        commit = await workspace.commit(f"Work before delegating: {brief.goal}", trailers)
        await asyncio.to_thread(workspace.store.pin, f"{delegation}/base", commit)
        return Delegated(
            delegation=delegation, brief=brief, base_tree=workspace.tree, base_commit=commit
        )

    begun = await stream.perform(Delegated, live)
    workspace.head = begun.base_commit
    return begun


async def close(
    begun: Delegated, result: Result, stream: Stream, workspace: Workspace
) -> DelegationClosed:
    """Keep a result that is done or partial; after any other the base tree stands again."""
    kept = result.status in _KEPT and result.commit is not None

    async def live() -> DelegationClosed:
        if not kept:
            await workspace.restore(begun.base_tree)
        commit = result.commit if kept and result.commit else begun.base_commit
        pin, own = workspace.store.pin, begun.delegation
        await asyncio.to_thread(pin, f"{own}/final", commit)
        if result.commit is not None:  # nobody else wrote meanwhile: it merges as it is
            await asyncio.to_thread(pin, f"{own}/expected/1", result.commit)
        return DelegationClosed(
            delegation=begun.delegation,
            result=result if kept else result.model_copy(update={"commit": None}),
            rolled_back=not kept,
            tree=workspace.tree,
            commit=commit,
        )

    closed = await stream.perform(DelegationClosed, live)
    workspace.recall(closed.tree)
    workspace.head = closed.commit
    return closed
