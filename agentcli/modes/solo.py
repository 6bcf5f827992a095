"""`solo`: one agent, no delegation. The baseline that every claim is held against."""

from agentcli.agents.workspace import Workspace
from agentcli.ids import ROOT_AGENT
from agentcli.journal.events import Result
from agentcli.modes.base import RunContext, register
from agentcli.modes.coder import make_coder
from agentcli.modes.personas import run_with_personas


@register
class Solo:
    """The one agent has the whole budget."""

    name = "solo"
    about = "one agent, no delegation"

    async def run(self, context: RunContext, workspace: Workspace) -> Result:
        if context.settings.personas:
            return await run_with_personas(context, workspace)
        agent = await make_coder(context, workspace, agent_id=ROOT_AGENT, brief=context.brief)
        return await agent.run()
