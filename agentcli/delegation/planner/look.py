"""`inspect` and `wait`: what the planner sees of its coders, and when."""

import asyncio
import math
from typing import TYPE_CHECKING

from agentcli.agents.tools.base import schema
from agentcli.delegation.planner.base import Done, PlannerTool, find, first_submitted
from agentcli.delegation.planner.report import news, report, visible_diff
from agentcli.journal.events import Call
from agentcli.models.base import ToolSpec
from agentcli.prompting import render

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent


class Inspect(PlannerTool):
    """A coder's changes so far, as far as the oversight goes."""

    spec = ToolSpec("inspect", render("tools/inspect.j2"), schema(("of",), of={"type": "string"}))

    async def act(self, call: Call, agent: "Agent") -> Done:
        found = find(self.swarm, call.arguments["of"])
        if isinstance(found, Done):
            return found
        diff = await visible_diff(self.swarm, found)
        return Done(f"{found.name} ({found.id}): {found.state}\n\n{diff}")


class Wait(PlannerTool):
    """Until there is something that the last report did not show: a step, a checkpoint or a
    proposal, by the oversight. With `show`, until there is a proposal to decide on: small
    planners can do nothing else, and asked before that they decide all the same."""

    spec = ToolSpec(
        "wait",
        render("tools/wait.j2"),
        schema(
            (),
            seconds={"type": "number", "minimum": 0},
            show={"type": "boolean"},
        ),
    )

    async def act(self, call: Call, agent: "Agent") -> Done:
        swarm = self.swarm
        show = bool(call.arguments.get("show"))
        longest = min(float(call.arguments.get("seconds") or swarm.crew.lease), swarm.crew.lease)
        ends = asyncio.get_running_loop().time() + (math.inf if show else longest)

        def due() -> bool:
            return first_submitted(swarm) is not None if show else news(swarm)

        await swarm.advance()
        while not agent.stream.recalling and not due() and not agent.has_mail():
            left = ends - asyncio.get_running_loop().time()
            if left <= 0 or not swarm.busy():
                return Done(await self._told(call, "Nothing new."))
            await swarm.crew.news(min(left, 1.0))
            await swarm.advance()
        return Done(await self._told(call))

    async def _told(self, call: Call, headline: str = "") -> str:
        text = report(self.swarm, headline)
        first = first_submitted(self.swarm)
        if not call.arguments.get("show") or first is None:
            return text
        diff = await visible_diff(self.swarm, first)
        return f"{text}\n\n{first.name} was asked: {first.item.brief.goal}\n{diff}"
