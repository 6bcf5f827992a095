"""`recursive`: the agent tries first and delegates only what it can't do in one go.

Depth first: `delegate` suspends the parent and runs the same agent on the sub-goal, in a fresh
context and the same sandbox, so exactly one frame is active. The idea to split on need, after a
try, is ADaPT's (Prasad et al. 2023, arXiv 2311.05772).
"""

from agentcli.agents.budget import Caps
from agentcli.agents.loop import Agent
from agentcli.agents.workspace import Workspace
from agentcli.delegation.delegate import Delegate, DelegationLimits
from agentcli.ids import ROOT_AGENT
from agentcli.journal.events import Brief, Result
from agentcli.modes.base import RunContext, register
from agentcli.modes.coder import make_coder


@register
class Recursive:
    """Frames on a stack; each may push another until the depth limit."""

    name = "recursive"
    about = "one agent that tries first, then delegates parts to itself, depth first"

    async def run(self, context: RunContext, workspace: Workspace) -> Result:
        return await _frame(context, workspace, ROOT_AGENT, context.brief, 0, ())


async def _frame(
    context: RunContext,
    workspace: Workspace,
    agent_id: str,
    brief: Brief,
    depth: int,
    above: tuple[str, ...],
) -> Result:
    goals = (*above, brief.goal)

    async def spawn(_parent: Agent, child_id: str, child_brief: Brief) -> Result:
        return await _frame(context, workspace, child_id, child_brief, depth + 1, goals)

    settings = context.settings
    may_delegate = depth < settings.max_depth
    caps = Caps(max_steps=settings.agent_steps, max_tokens=brief.max_tokens) if depth else Caps()
    agent = await make_coder(
        context,
        workspace,
        agent_id=agent_id,
        brief=brief,
        depth=depth,
        budget=context.budget.slice(agent_id, caps),
        more_tools=[Delegate(spawn, DelegationLimits.of(settings), goals)] if may_delegate else [],
    )
    return await agent.run()
