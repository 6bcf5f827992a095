"""`swarm`: a planner writes briefs, and coders work on them side by side.

Each coder has its own sandbox, line of commits and share of the budget. What the planner sees of
them and may do to them is its policy. Accepted work is merged in the plan's order.
"""

from dataclasses import replace

from agentcli.agents.budget import Caps
from agentcli.agents.loop import Agent, OnText
from agentcli.agents.workspace import Workspace
from agentcli.concurrency import first_leaf
from agentcli.delegation.ask import Ask
from agentcli.delegation.crew import Crew, places
from agentcli.delegation.gates.make import make_gate
from agentcli.delegation.policy import policy_of
from agentcli.delegation.swarm import Swarm as SwarmState
from agentcli.ids import ROOT_AGENT
from agentcli.journal.events import Delegated, Result
from agentcli.modes.base import RunContext, register
from agentcli.modes.coder import make_coder
from agentcli.modes.judges import gate_parts
from agentcli.modes.planner import make_planner


@register
class Swarm:
    """One planner, and as many coders at once as there is room for."""

    name = "swarm"
    about = "a planner writes briefs, coders work on them side by side"

    async def run(self, context: RunContext, workspace: Workspace) -> Result:
        try:
            return await _swarm(context, workspace)
        except BaseExceptionGroup as several:
            raise first_leaf(several) from several


async def _swarm(context: RunContext, trunk: Workspace) -> Result:
    settings = context.settings
    policy, post = policy_of(settings), context.post
    stream = context.streams.open(ROOT_AGENT)
    room = places(settings.coders)
    asking: set[str] = set()

    async def coder(begun: Delegated) -> Agent:
        return await _coder(context, begun, asking)

    async with Crew(coder, room, settings.lease) as crew:
        context.streams.subscribe(crew.on_event)
        context = replace(context, on_text=_heartbeats(crew, context.on_text))
        swarm = SwarmState(
            stream, context.streams, trunk, crew, post, policy, context.budget, room, asking
        )
        keeper = make_gate(policy, gate_parts(context, trunk.store))
        inbox = post.inbox(ROOT_AGENT)
        planner = await make_planner(context, trunk, swarm, keeper, stream, inbox)
        return await planner.run()


def _heartbeats(crew: Crew, show: OnText | None) -> OnText:
    """Each piece of a reply is a sign of life: a long answer is no silence."""

    def heard(agent_id: str, piece: str) -> None:
        crew.sign(agent_id)
        if show is not None:
            show(agent_id, piece)

    return heard


async def _coder(context: RunContext, begun: Delegated, asking: set[str]) -> Agent:
    settings, agent_id = context.settings, begun.delegation
    caps = Caps(max_steps=settings.agent_steps, max_tokens=begun.brief.max_tokens)
    workspace = context.open_workspace(
        agent_id, tree=begun.start_tree or begun.base_tree, commit=begun.base_commit
    )
    agent = await make_coder(
        context,
        workspace,
        agent_id=agent_id,
        brief=begun.brief,
        depth=1,
        budget=context.budget.slice(agent_id, caps),
        more_tools=[Ask(context.post, ROOT_AGENT, asking, patience=settings.lease / 2)],
        model_name=begun.model,
    )
    agent.base_tree = begun.base_tree  # not what a lost coder left, which counts as its own work
    return agent
