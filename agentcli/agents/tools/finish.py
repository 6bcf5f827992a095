"""`finish`: the agent's last word, believed only as far as the check and the tree bear it out."""

import time
from typing import TYPE_CHECKING

from agentcli.agents.scope import outside
from agentcli.agents.tools.base import run_check, schema
from agentcli.journal.events import Call, Check, ToolReturned
from agentcli.models.base import ToolSpec
from agentcli.prompting import render

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent


class Finish:
    """Runs the done-check. A failed check, an untouched tree or a write out of scope sends the
    agent back to work; an honest `failed` or `partial` is taken as it is."""

    spec = ToolSpec(
        "finish",
        render("tools/finish.j2"),
        schema(
            ("summary",),
            status={"type": "string", "enum": ["done", "failed", "partial"]},
            summary={"type": "string"},
        ),
    )

    async def handle(self, call: Call, agent: "Agent") -> ToolReturned:
        returned = await agent.stream.perform(ToolReturned, lambda: self._live(call, agent))
        if returned.ok:
            await agent.submit(
                call.arguments.get("status") or "done", call.arguments["summary"], returned.check
            )
        return returned

    async def _live(self, call: Call, agent: "Agent") -> ToolReturned:
        began = time.monotonic()
        status = call.arguments.get("status") or "done"
        check: Check | None = None
        objection = ""
        strays = outside(agent.brief.paths, agent.changed_paths())
        if strays and status != "failed":
            objection = render("tools/out_of_scope.j2", paths=strays, scope=agent.brief.paths)
        elif status == "done":
            check, objection = await self._judge(agent)
        return ToolReturned(
            call=call,
            ok=not objection,
            output=objection or "Accepted.",
            exit_code=check.exit_code if check else None,
            seconds=time.monotonic() - began,
            check=check,
        )

    async def _judge(self, agent: "Agent") -> tuple[Check | None, str]:
        if agent.brief.check is not None:
            check = await run_check(agent.brief.check, agent.work_context)
            return check, "" if check.passed else render("tools/check_failed.j2", check=check)
        if agent.workspace.tree == agent.base_tree and not agent.objected:
            return None, render("tools/nothing_changed.j2")
        return None, ""
