"""`ask`: a coder's question to the agent above it, with a limit to how long it waits."""

import asyncio
from typing import TYPE_CHECKING

from agentcli.agents.inbox import Post
from agentcli.agents.tools.base import schema
from agentcli.journal.events import Call, MessageSent, ToolReturned
from agentcli.models.base import ToolSpec
from agentcli.prompting import render

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent


class Ask:
    """The answer comes as a message. `asking` holds who waits for one."""

    spec = ToolSpec(
        "ask", render("tools/ask.j2"), schema(("question",), question={"type": "string"})
    )

    def __init__(self, post: Post, above: str, asking: set[str], patience: float) -> None:
        self._post = post
        self._above = above
        self._asking = asking
        self._patience = patience  # seconds

    async def handle(self, call: Call, agent: "Agent") -> ToolReturned:
        self._post.send(
            agent.stream,
            MessageSent(
                id=self._post.next_id(agent.id),
                to=self._above,
                kind="question",
                text=call.arguments["question"],
            ),
        )
        self._asking.add(agent.id)
        try:
            return await agent.stream.perform(ToolReturned, lambda: self._wait(call, agent))
        finally:
            self._asking.discard(agent.id)

    async def _wait(self, call: Call, agent: "Agent") -> ToolReturned:
        try:
            async with asyncio.timeout(self._patience):
                await self._post.inbox(agent.id).wait()
        except TimeoutError:
            return ToolReturned(call=call, ok=False, output=render("tools/unanswered.j2"))
        return ToolReturned(call=call, ok=True, output="The answer follows.")
