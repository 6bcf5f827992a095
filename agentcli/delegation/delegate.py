"""`delegate`: hand a brief to a child, wait for its typed result, keep or roll back its work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from agentcli.agents.loop import Agent
from agentcli.agents.tools.base import schema
from agentcli.delegation.repeats import repeats
from agentcli.ids import child_agent_id
from agentcli.journal.events import (
    Brief,
    Call,
    Delegated,
    DelegationClosed,
    DelegationRefused,
    Result,
    ToolReturned,
)
from agentcli.models.base import ToolSpec
from agentcli.prompting import render
from agentcli.settings import Settings

Spawn = Callable[[Agent, str, Brief], Awaitable[Result]]  # parent, child id, brief

_KEPT = ("done", "partial")


@dataclass(frozen=True)
class DelegationLimits:
    """What holds for each delegating agent."""

    max_children: int
    split_after: int  # own steps before the first delegation: try first, split on need

    @classmethod
    def of(cls, settings: Settings) -> "DelegationLimits":
        return cls(settings.max_children, settings.split_after)


class Delegate:
    """The tool. One instance per agent; `ancestors` are the goals above and of its own brief."""

    spec = ToolSpec(
        "delegate",
        render("tools/delegate.j2"),
        schema(
            ("goal",),
            goal={"type": "string"},
            facts={"type": "string"},
            paths={"type": "array", "items": {"type": "string"}},
            check={"type": "string"},
        ),
    )

    def __init__(self, spawn: Spawn, limits: DelegationLimits, ancestors: Sequence[str]) -> None:
        self._spawn = spawn
        self._limits = limits
        self._ancestors = ancestors

    async def handle(self, call: Call, agent: Agent) -> ToolReturned:
        brief = _brief(call)
        reason = self._refusal(brief, agent)
        if reason is not None:
            agent.stream.record(DelegationRefused(goal=brief.goal, reason=reason))
            return agent.stream.record(ToolReturned(call=call, ok=False, output=reason))
        agent.children += 1
        agent.budget.spawn()
        delegation = child_agent_id(agent.id, agent.children)
        begun = await self._begin(delegation, brief, agent)
        result = await self._spawn(agent, delegation, brief)
        closed = await self._close(begun, result, agent)
        return agent.stream.record(
            ToolReturned(
                call=call,
                ok=closed.result.status == "done",
                output=render(
                    "coder/result.j2", result=closed.result, rolled_back=closed.rolled_back
                ),
            )
        )

    def _refusal(self, brief: Brief, agent: Agent) -> str | None:
        recorded = agent.stream.peek(DelegationRefused)
        if recorded is not None:
            return recorded.reason
        if agent.stream.recalling:
            return None
        if agent.steps <= self._limits.split_after:
            return (
                "Try it yourself first: look, change, check. Delegate what then turns out too big."
            )
        if repeats(brief.goal, self._ancestors):
            return (
                "That is the goal you were given. Delegate a smaller part of it, or do it yourself."
            )
        if agent.children >= self._limits.max_children:
            return (
                f"You have had {agent.children} children, the most allowed. Do the rest yourself."
            )
        if not agent.budget.frames_left():
            return "The run has no delegations left. Do the rest yourself."
        return None

    async def _begin(self, delegation: str, brief: Brief, agent: Agent) -> Delegated:
        """Commit the parent's own work first, so that the child's diff is only the child's."""
        workspace = agent.workspace

        async def live() -> Delegated:
            trailers = {
                "Agentcli-Run": agent.stream.run_id,
                "Agentcli-Agent": agent.id,
                "Agentcli-Role": agent.spec.role,
            }
            commit = await workspace.commit(f"Work before delegating: {brief.goal}", trailers)
            await asyncio.to_thread(workspace.store.pin, f"{delegation}/base", commit)
            return Delegated(
                delegation=delegation, brief=brief, base_tree=workspace.tree, base_commit=commit
            )

        begun = await agent.stream.perform(Delegated, live)
        workspace.head = begun.base_commit
        return begun

    async def _close(self, begun: Delegated, result: Result, agent: Agent) -> DelegationClosed:
        workspace = agent.workspace
        kept = result.status in _KEPT and result.commit is not None

        async def live() -> DelegationClosed:
            if not kept:
                await workspace.restore(begun.base_tree)
            commit = result.commit if kept and result.commit else begun.base_commit
            await asyncio.to_thread(workspace.store.pin, f"{begun.delegation}/final", commit)
            return DelegationClosed(
                delegation=begun.delegation,
                result=result if kept else result.model_copy(update={"commit": None}),
                rolled_back=not kept,
                tree=workspace.tree,
                commit=commit,
            )

        closed = await agent.stream.perform(DelegationClosed, live)
        workspace.recall(closed.tree)
        workspace.head = closed.commit
        return closed


def _brief(call: Call) -> Brief:
    arguments = call.arguments
    return Brief(
        goal=arguments["goal"],
        facts=arguments.get("facts") or "",
        paths=tuple(arguments.get("paths") or ()),
        check=arguments.get("check") or None,
    )
