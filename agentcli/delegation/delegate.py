"""`delegate`: hand a brief to a child, wait for its typed result, keep or roll back its work."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from agentcli.agents.loop import Agent
from agentcli.agents.tools.base import schema
from agentcli.delegation.frame import begin, close
from agentcli.delegation.repeats import repeats
from agentcli.ids import child_agent_id
from agentcli.journal.events import (
    Brief,
    Call,
    DelegationRefused,
    Result,
    ToolReturned,
)
from agentcli.models.base import ToolSpec
from agentcli.prompting import render
from agentcli.settings import Settings

Spawn = Callable[[Agent, str, Brief], Awaitable[Result]]  # parent, child id, brief


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
        begun = await begin(delegation, brief, agent.stream, agent.workspace, agent.spec.role)
        result = await self._spawn(agent, delegation, brief)
        closed = await close(begun, result, agent.stream, agent.workspace)
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


def _brief(call: Call) -> Brief:
    arguments = call.arguments
    return Brief(
        goal=arguments["goal"],
        facts=arguments.get("facts") or "",
        paths=tuple(arguments.get("paths") or ()),
        check=arguments.get("check") or None,
    )
