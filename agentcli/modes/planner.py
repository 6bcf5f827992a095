"""Make a planner: an agent whose tools are its policy."""

from agentcli.agents.inbox import Inbox
from agentcli.agents.loop import Agent, AgentSpec
from agentcli.agents.tools.base import Tool, WorkContext
from agentcli.agents.tools.edit import EditFile, SpliceFile
from agentcli.agents.tools.files import Read, Write
from agentcli.agents.tools.search import Map, Search
from agentcli.agents.workspace import Workspace
from agentcli.codemap.map import Codemap
from agentcli.delegation.gates.keeper import Keeper
from agentcli.delegation.planner.assign import Assign
from agentcli.delegation.planner.change import GuardedEdit, Revert
from agentcli.delegation.planner.decide import Accept, Reject
from agentcli.delegation.planner.finish import PlannerFinish
from agentcli.delegation.planner.look import Inspect, Wait
from agentcli.delegation.planner.talk import Interrupt, Message
from agentcli.delegation.swarm import Swarm
from agentcli.ids import ROOT_AGENT
from agentcli.journal.stream import Stream
from agentcli.modes.base import RunContext
from agentcli.modes.coder import WINDOW_SHARE, MapFirst
from agentcli.prompting import render

ROLE = "planner"


def planner_tools(swarm: Swarm, keeper: Keeper, codemap: Codemap) -> list[Tool]:
    """What a planner can do under its policy. What it isn't given it can't do."""
    powers = swarm.policy.powers
    tools: list[Tool] = [Read(), Search(), Map(codemap), Assign(swarm), Wait(swarm), Inspect(swarm)]
    if "message" in powers:
        tools.append(Message(swarm))
    if "interrupt" in powers:
        tools.append(Interrupt(swarm))
    if "edit" in powers:
        tools += [GuardedEdit(swarm, keeper, tool) for tool in (EditFile(), Write(), SpliceFile())]
    if "revert" in powers:
        tools.append(Revert(swarm, keeper))
    if "discard" in powers:
        tools += [Accept(swarm), Reject(swarm, keeper)]
    return [*tools, PlannerFinish(swarm)]


async def make_planner(
    context: RunContext,
    trunk: Workspace,
    swarm: Swarm,
    keeper: Keeper,
    stream: Stream,
    inbox: Inbox,
) -> Agent:
    """The agent at the top of a swarm, on the trunk."""
    model, reply_format = await context.cast.play(ROOT_AGENT, ROLE)
    tools = {tool.spec.name: tool for tool in planner_tools(swarm, keeper, context.codemap)}
    if reply_format.name != "splice":
        tools.pop("splice", None)
    settings, policy = context.settings, swarm.policy
    return Agent(
        AgentSpec(
            id=ROOT_AGENT,
            role=ROLE,
            depth=0,
            brief=context.brief,
            system=render(
                "planner/system.j2",
                names=list(tools),
                usage=reply_format.usage([tool.spec for tool in tools.values()]),
                constraints=context.constraints,
                contract=policy.edits == "before_delegating",
                constitution=render("planner/constitution.j2") if policy.constitution else "",
            ),
            window=int(model.context_tokens * WINDOW_SHARE),
            max_output=min(8192, model.context_tokens // 4),
            corrections=settings.corrections,
            seed=settings.seed,
        ),
        model=model,
        reply_format=reply_format,
        approach=MapFirst(context.codemap),
        tools=tools,
        budget=context.budget,
        stream=stream,
        workspace=trunk,
        work_context=WorkContext(
            trunk, settings.command_timeout, model.count_tokens, task=context.brief.goal
        ),
        on_text=context.on_text,
        inbox=inbox,
    )
