"""Make a coder: the agent that all modes are composed of."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentcli.agents.budget import Budget, Caps
from agentcli.agents.clip import clip
from agentcli.agents.failures import came_nearer
from agentcli.agents.guards import TriesGuard, default_guards
from agentcli.agents.loop import Agent, AgentSpec, Approach, OnReply
from agentcli.agents.opening import with_files, with_map
from agentcli.agents.tools.base import Tool, WorkContext, run_check
from agentcli.agents.tools.edit import EditFile, SpliceFile
from agentcli.agents.tools.files import Read, Write
from agentcli.agents.tools.finish import Finish
from agentcli.agents.tools.search import Map, Search
from agentcli.agents.tools.shell import Bash
from agentcli.agents.workspace import Workspace
from agentcli.codemap.languages import language_of
from agentcli.codemap.map import Codemap
from agentcli.filenames import is_test_file
from agentcli.journal.events import Brief, Prompted, ToolReturned
from agentcli.models.formats import SpliceFormat
from agentcli.modes.base import RunContext
from agentcli.modes.skeleton import skeletons
from agentcli.prompting import render

_SMALL_REPLY = 1500  # tokens: a small model that writes more has lost its way
_FEW = 16  # files of code among which a task may be divided whatever they hold
_TOLD = 600  # characters of a failed try's output that the next try is told
_SHOWN = 1200  # characters of the check's output beside the question for parts
WINDOW_SHARE = 0.9  # of the model's window; the rest is for the tool specs and the reply


async def make_coder(
    context: RunContext,
    workspace: Workspace,
    *,
    agent_id: str,
    brief: Brief,
    depth: int = 0,
    budget: Budget | None = None,
    more_tools: Sequence[Tool] = (),
    model_name: str | None = None,
    manner: str = "",
    on_reply: OnReply | None = None,
) -> Agent:
    """A coder for a brief, with the tools that its model's reply format can carry.

    `manner` is said in its system prompt besides: how it is to work.
    """
    role = "coder"
    model, reply_format = await context.cast.play(agent_id, role, model_name)
    splices = isinstance(reply_format, SpliceFormat)
    if isinstance(reply_format, SpliceFormat):
        reply_format = reply_format.within(brief)
    own: list[Tool] = (
        [SpliceFile(), Write(), Finish()]
        if splices
        else [Bash(), Read(), EditFile(), Write(), Search(), Map(context.codemap), Finish()]
    )
    tools = {tool.spec.name: tool for tool in (*own, *more_tools)}
    specs = [tool.spec for tool in tools.values()]
    settings = context.settings
    return Agent(
        AgentSpec(
            id=agent_id,
            role=role,
            depth=depth,
            brief=brief,
            system=render(
                "coder/system_splice.j2" if splices else "coder/system.j2",
                usage=reply_format.usage(specs),
                constraints=context.constraints,
                manner=manner,
                may_delegate="delegate" in tools,
                network=settings.network,
            ),
            window=int(model.context_tokens * WINDOW_SHARE),
            max_output=_SMALL_REPLY if splices else min(8192, model.context_tokens // 4),
            corrections=settings.corrections,
            seed=settings.seed,
        ),
        model=model,
        reply_format=reply_format,
        approach=FilesFirst(settings.split_after if "delegate" in tools else None)
        if splices
        else MapFirst(context.codemap),
        tools=tools,
        budget=budget or context.budget.slice(agent_id, Caps()),
        stream=context.streams.open(agent_id),
        workspace=workspace,
        work_context=WorkContext(
            workspace, settings.command_timeout, model.count_tokens, task=brief.goal
        ),
        on_text=context.on_text,
        guards=(*default_guards(), TriesGuard()) if splices else default_guards(),
        inbox=context.post.inbox(agent_id),
        on_reply=on_reply,
    )


@dataclass(frozen=True)
class MapFirst:
    """For models that use tools well: a map to begin with, one context throughout."""

    codemap: Codemap
    afresh = False

    async def open(self, agent: Agent) -> Prompted:
        return await with_map(agent.brief, agent.work_context, self.codemap)

    async def retry(self, agent: Agent) -> Prompted:
        return await self.open(agent)


@dataclass(frozen=True)
class FilesFirst:
    """For small models: all they need in one prompt, and a fresh context after a failed try.

    After `split_after` failed tries it asks once for the parts, if there can be several. None: it
    may not delegate.
    """

    split_after: int | None
    afresh = True

    async def open(self, agent: Agent) -> Prompted:
        return await with_files(agent.brief, agent.work_context, attempt=1)

    async def retry(self, agent: Agent) -> Prompted:
        """Begin again from the files as they were, unless the tests came nearer.

        What a small model broke it seldom mends, so only what came nearer is built upon.
        """
        kept = agent.refused is not None and await self._came_nearer(agent, agent.refused)
        if not kept:
            await agent.workspace.restore(agent.good_tree)
        news = agent.news
        if agent.refused is not None:
            output = clip(agent.refused.output, _TOLD)
            news = render("coder/tried.j2", kept=kept, output=output)
        task = await with_files(agent.brief, agent.work_context, attempt=agent.steps + 1, news=news)
        if len(files := await self._to_be_divided(agent, task)) > 1:
            task = await _ask_for_parts(agent, files)
        return task.model_copy(update={"tree": agent.workspace.tree})

    async def _to_be_divided(self, agent: Agent, task: Prompted) -> Sequence[str]:
        """The files to divide the task among. Once only: asked again, such models say the same.

        Under a command that stops at the first failure a single file may be at hand where more
        are concerned, so in a small repository all of them are taken then.
        """
        if self.split_after is None or agent.asked_for_parts or agent.steps < self.split_after:
            return ()
        if agent.brief.paths:  # it may change nothing else, so nothing else is to be handed on
            return [path for path in _code(task.files) if path in agent.brief.paths]
        at_hand = _code(task.files)
        if len(at_hand) > 1:
            return at_hand
        store, tree = agent.workspace.store, agent.workspace.tree
        every = _code(await asyncio.to_thread(store.files, tree))
        return every if len(every) <= _FEW else ()

    async def _came_nearer(self, agent: Agent, refused: ToolReturned) -> bool:
        if refused.check is None:
            return False
        tried = agent.workspace.tree
        await agent.workspace.restore(agent.good_tree)
        before = await run_check(refused.check.command, agent.work_context)
        if not came_nearer(before.output, refused.check.output):
            return False
        await agent.workspace.restore(tried)
        return True


def _code(paths: Iterable[str]) -> Sequence[str]:
    return [path for path in paths if language_of(path) and not is_test_file(path)]


async def _ask_for_parts(agent: Agent, code: Sequence[str]) -> Prompted:
    """The question that a small model answers with a line for each part.

    It sees what is in the files, not the files: with code before its eyes it writes code.
    """
    context, brief = agent.work_context, agent.brief
    check = await run_check(brief.check, context) if brief.check else None
    text = render(
        "coder/split.j2",
        brief=brief,
        failure=clip(check.output, _SHOWN) if check and not check.passed else "",
        files=await skeletons(context, code),
    )
    tests = [p for p in context.workspace.store.files(context.workspace.tree) if is_test_file(p)]
    return Prompted(kind="parts", text=text, files=(*code, *tests))


_: type[Approach] = MapFirst  # checked here that both fit the loop's protocol
_ = FilesFirst
