"""Make a planner: an agent whose tools are its policy."""

import asyncio
from dataclasses import dataclass

from agentcli.agents.clip import clip
from agentcli.agents.inbox import Inbox
from agentcli.agents.loop import Agent, AgentSpec, Approach
from agentcli.agents.tools.base import Tool, WorkContext
from agentcli.agents.tools.edit import EditFile, SpliceFile
from agentcli.agents.tools.files import Read, Write
from agentcli.agents.tools.search import Map, Search, render_map
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
from agentcli.filenames import is_test_file
from agentcli.ids import ROOT_AGENT
from agentcli.journal.events import Prompted
from agentcli.journal.stream import Stream
from agentcli.models.formats import OutlineFormat
from agentcli.modes.base import RunContext
from agentcli.modes.coder import WINDOW_SHARE, MapFirst
from agentcli.modes.skeleton import skeletons
from agentcli.prompting import render

ROLE = "planner"
_SMALL_REPLY = 600  # tokens: an outline that is longer has lost its way
_TOLD = 1200  # characters of a refused finish's reason
_FEW = 16  # files of code that a small planner is shown in outline, all of them
_MAP_TOKENS = 600  # for more files than that


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
    outlines = isinstance(reply_format, OutlineFormat)
    if isinstance(reply_format, OutlineFormat):
        reply_format = reply_format.within(context.brief)
    return Agent(
        AgentSpec(
            id=ROOT_AGENT,
            role=ROLE,
            depth=0,
            brief=context.brief,
            system=render(
                "planner/system_outline.j2" if outlines else "planner/system.j2",
                names=list(tools),
                usage=reply_format.usage([tool.spec for tool in tools.values()]),
                constraints=context.constraints,
                contract=policy.edits == "before_delegating",
                constitution=render("planner/constitution.j2") if policy.constitution else "",
            ),
            window=int(model.context_tokens * WINDOW_SHARE),
            max_output=_SMALL_REPLY if outlines else min(8192, model.context_tokens // 4),
            corrections=settings.corrections,
            seed=settings.seed,
        ),
        model=model,
        reply_format=reply_format,
        approach=OutlineFirst(context.codemap) if outlines else MapFirst(context.codemap),
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


@dataclass(frozen=True)
class OutlineFirst:
    """For small planners: the files and what they define, short; they can't look for themselves.

    After a refused finish they begin anew, with what is wrong: they don't find out of a long
    conversation.
    """

    codemap: Codemap
    afresh = True

    async def open(self, agent: Agent) -> Prompted:
        return await self._ask(agent, refused="", undecided=False)

    async def retry(self, agent: Agent) -> Prompted:
        refused = agent.refused
        assert refused is not None, "only a refused finish begins anew"
        return await self._ask(
            agent, refused=clip(refused.output, _TOLD), undecided=refused.check is None
        )

    async def _ask(self, agent: Agent, *, refused: str, undecided: bool) -> Prompted:
        context = agent.work_context
        store, tree = context.workspace.store, context.workspace.tree
        known = tuple(await asyncio.to_thread(store.files, tree))
        code = [path for path in known if not is_test_file(path)]
        few = len(code) <= _FEW
        text = render(
            "planner/task_outline.j2",
            brief=agent.brief,
            files=await skeletons(context, code) if few else {},
            map="" if few else await render_map(self.codemap, context, tokens=_MAP_TOKENS),
            refused=refused,
            undecided=undecided,
        )
        return Prompted(kind="task", text=text, files=known)


_: type[Approach] = OutlineFirst  # checked here that it fits the loop's protocol
