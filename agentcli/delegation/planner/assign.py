"""`assign`: write the plan, or change it."""

from typing import TYPE_CHECKING, Any

from agentcli.agents.tools.base import schema
from agentcli.delegation.plan import PlanFault, ScopeFault, check_plan
from agentcli.delegation.planner.base import Done, PlannerTool
from agentcli.delegation.planner.report import report
from agentcli.journal.events import Brief, Call, PlanItem, Planned, PowerDenied
from agentcli.models.base import ToolSpec
from agentcli.prompting import render

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent

_TEXT: dict[str, object] = {"type": "string"}
_NAMES: dict[str, object] = {"type": "array", "items": _TEXT}
_BRIEF = {
    "type": "object",
    "properties": {
        "name": _TEXT,
        "goal": _TEXT,
        "facts": _TEXT,
        "paths": _NAMES,
        "check": _TEXT,
        "after": _NAMES,
        "model": _TEXT,
    },
    "required": ["name", "goal"],
    "additionalProperties": False,
}


class Assign(PlannerTool):
    """The first call is the plan, later ones are replanning and need a reason."""

    spec = ToolSpec(
        "assign",
        render("tools/assign.j2"),
        schema(
            ("briefs",),
            briefs={"type": "array", "items": _BRIEF},
            drop=_NAMES,
            reason=_TEXT,
        ),
    )

    async def act(self, call: Call, agent: "Agent") -> Done:
        items = tuple(_item(given) for given in call.arguments["briefs"])
        drop = tuple(call.arguments.get("drop") or ())
        reason = str(call.arguments.get("reason") or "")
        stream = agent.stream
        if stream.peek(PowerDenied):
            stream.record(PowerDenied(tool=call.name, reason=""))
            return Done("", ok=False)
        if not stream.recalling:
            try:
                self._check(items, drop, reason)
            except ScopeFault as fault:
                stream.record(PowerDenied(tool=call.name, reason=str(fault)))
                return Done(str(fault), ok=False)
            except PlanFault as fault:
                return Done(str(fault), ok=False)
        planned = self.swarm.do(Planned(items=items, dropped=drop, reason=reason))
        for each in self.swarm.opened():
            if each.name in planned.dropped:
                await self.swarm.close(each, "superseded", reason)
        await self.swarm.advance()
        return Done(report(self.swarm))

    def _check(self, items: tuple[PlanItem, ...], drop: tuple[str, ...], reason: str) -> None:
        swarm = self.swarm
        if not items and not drop:
            raise PlanFault("Give at least one brief, or names to drop.")
        if swarm.plan.items and not reason.strip():
            raise PlanFault("There is a plan already. Say in `reason` why it must change.")
        for name in drop:
            standing = swarm.current(name)
            if standing is not None and standing.member.state == "submitted":
                raise PlanFault(
                    f"{name} has submitted its work: decide on that instead of dropping it."
                )
            if name not in swarm.plan.items:
                raise PlanFault(f"The plan has no {name!r}.")
        staying = [item for item in swarm.plan.items.values() if item.name not in drop]
        check_plan(items, staying, scoped=swarm.policy.scoped)


def _item(given: dict[str, Any]) -> PlanItem:
    return PlanItem(
        name=given["name"],
        brief=Brief(
            goal=given["goal"],
            facts=given.get("facts") or "",
            paths=tuple(given.get("paths") or ()),
            check=given.get("check") or None,
        ),
        after=tuple(given.get("after") or ()),
        model=given.get("model") or None,
    )
