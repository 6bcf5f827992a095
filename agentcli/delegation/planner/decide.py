"""`accept` and `reject`: whether a proposal lands."""

import asyncio
from typing import TYPE_CHECKING

from agentcli.agents.tools.base import schema
from agentcli.delegation.assignment import Assignment
from agentcli.delegation.planner.base import Done, PlannerTool, find_open
from agentcli.delegation.planner.gated import GatedTool
from agentcli.delegation.planner.report import report
from agentcli.journal.events import Call
from agentcli.models.base import ToolSpec
from agentcli.prompting import render
from agentcli.workspace.merge import merge

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent


class Accept(PlannerTool):
    """It is merged when its turn in the plan comes."""

    spec = ToolSpec("accept", render("tools/accept.j2"), schema((), of={"type": "string"}))

    async def act(self, call: Call, agent: "Agent") -> Done:
        found = find_open(self.swarm, call.arguments.get("of"), agent.stream)
        if isinstance(found, Done):
            return found
        if not agent.stream.recalling and (refusal := _not_submitted(found)):
            return refusal
        self.swarm.accept(found, "parent")
        await self.swarm.advance()
        return Done(report(self.swarm))


class Reject(GatedTool):
    """The proposal never lands, if the gate lets that happen."""

    spec = ToolSpec(
        "reject",
        render("tools/reject.j2"),
        schema(("reason",), of={"type": "string"}, reason={"type": "string"}),
    )

    async def act(self, call: Call, agent: "Agent") -> Done:
        found = find_open(self.swarm, call.arguments.get("of"), agent.stream)
        if isinstance(found, Done):
            return found
        if not agent.stream.recalling and (refusal := _not_submitted(found)):
            return refusal
        reason = str(call.arguments["reason"])
        decided = await self.decide(agent, found, "discard", reason, lambda: self._trees(found))
        said = ""
        if decided.allowed:
            await self.swarm.close(found, "discarded", reason)
        else:
            self.swarm.accept(found, "gate", decided.reason)
            said = f"Not rejected: {decided.reason} The proposal lands."
        await self.swarm.advance()
        return Done(report(self.swarm, said), ok=decided.allowed)

    async def _trees(self, found: Assignment) -> tuple[str, str]:
        result = found.member.result
        assert result is not None and result.commit is not None
        head = await self.swarm.commit_own()
        expected = await asyncio.to_thread(merge, self.swarm.trunk.store, head, result.commit)
        return expected.tree, self.swarm.trunk.tree


def _not_submitted(found: Assignment) -> Done | None:
    if found.undecided or found.accepted:
        return None
    return Done(f"{found.name} has no proposal to decide on: {found.state}.", ok=False)
