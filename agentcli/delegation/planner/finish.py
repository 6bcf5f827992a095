"""The planner's `finish`: first every coder is decided on, then the check has its say."""

from typing import TYPE_CHECKING

from agentcli.agents.tools.finish import Finish
from agentcli.delegation.planner.report import report
from agentcli.delegation.swarm import Swarm
from agentcli.errors import InfraFault
from agentcli.journal.delegation_events import DelegationEnd
from agentcli.journal.events import Call, ToolReturned

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent


class PlannerFinish(Finish):
    """Refused once while coders are undecided. Who insists discards what they made; who may not
    discard waits for them."""

    def __init__(self, swarm: Swarm) -> None:
        self._swarm = swarm
        self._warned = False

    async def handle(self, call: Call, agent: "Agent") -> ToolReturned:
        swarm = self._swarm
        await swarm.advance()
        may_discard = swarm.policy.allows("discard")
        if not may_discard:
            await swarm.let_all_end()
        if may_discard and swarm.opened() and not self._warned:
            self._warned = True
            text = report(swarm, "Not finished yet: not every coder is decided on.")
            return agent.stream.record(ToolReturned(call=call, ok=False, output=text))
        for each in swarm.opened():
            end: DelegationEnd = "discarded" if may_discard else "rolled_back"
            await swarm.close(each, end, call.arguments["summary"])
        if (lost := swarm.all_lost()) and not agent.stream.recalling:
            raise InfraFault(f"Every coder was lost. The last one: {lost}")
        if not agent.stream.recalling:
            await swarm.commit_own()
        return await super().handle(call, agent)
