"""The coders at work: one task, workspace and lease each, and no more at once than there is room.

A coder is given up when its sandbox or model fails, or when it shows no sign for as long as its
lease. Whatever happens, leaving the crew ends every task and removes every sandbox.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal

from agentcli.agents.inbox import Inbox
from agentcli.agents.loop import Agent
from agentcli.agents.workspace import Workspace
from agentcli.errors import InfraFault, LimitReached
from agentcli.journal.events import AgentEnded, Delegated, Event, Result

State = Literal["waiting", "working", "submitted", "stopped", "failed", "dead"]
MakeCoder = Callable[[Delegated], Awaitable[Agent]]

_PER_CORE = 8  # coders wait for their model most of the time
_MEMORY_EACH = 192  # MiB that a sandbox and its tests take, about


def places(coders: int) -> int:
    """How many coders may work at once: as asked, within this machine's cores and memory."""
    cores = (os.cpu_count() or 1) * _PER_CORE
    pages = os.sysconf("SC_AVPHYS_PAGES") if hasattr(os, "sysconf") else 0
    memory = pages * os.sysconf("SC_PAGE_SIZE") // 2**20 // _MEMORY_EACH if pages > 0 else coders
    return max(1, min(coders, cores, memory))


@dataclass
class Member:
    """One coder. `signs` counts what it did; `held` says whether its lease stands."""

    begun: Delegated
    inbox: Inbox
    state: State = "waiting"
    result: Result | None = None
    proposals: int = 0
    agent: Agent | None = None
    task: asyncio.Task[None] | None = None
    fault: str = ""
    held: bool = True
    last_sign: float = field(default_factory=time.monotonic)
    signs: int = 0
    writes: int = 0
    last_action: str = ""

    @property
    def id(self) -> str:
        return self.begun.delegation

    @property
    def workspace(self) -> Workspace | None:
        return self.agent.workspace if self.agent else None


class Crew:
    """All coders of a run. An async context manager; `news` wakes whoever waits for them."""

    def __init__(self, make: MakeCoder, room: int, lease: float) -> None:
        self.members: dict[str, Member] = {}
        self.lease = lease
        self._make = make
        self._room = asyncio.Semaphore(room)
        self._news = asyncio.Event()
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> "Crew":
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        try:
            for member in self.members.values():
                await self._end(member)
        finally:
            await self._tasks.__aexit__(kind, error, tb)

    def add(self, begun: Delegated, inbox: Inbox) -> Member:
        """Know a coder; it begins to work with `launch`."""
        member = self.members[begun.delegation] = Member(begun, inbox)
        return member

    def launch(self) -> None:
        """Set to work all who hold their lease and haven't begun."""
        for member in self.members.values():
            if member.held and member.task is None:
                member.last_sign = time.monotonic()
                member.task = self._tasks.create_task(self._live(member), name=member.id)

    def on_event(self, event: Event) -> None:
        """Each event of a coder is a heartbeat (subscribe this to the journal)."""
        member = self.members.get(event.agent_id)
        if member is None:
            return
        member.last_sign = time.monotonic()
        member.signs += 1
        checkpoint = getattr(event.body, "checkpoint", None)
        member.writes += checkpoint is not None
        call = getattr(event.body, "call", None)
        member.last_action = call.name if call is not None else member.last_action
        self.tell()

    def sign(self, agent_id: str) -> None:
        """A sign of life that is no event."""
        member = self.members.get(agent_id)
        if member is not None:
            member.last_sign = time.monotonic()

    def tell(self) -> None:
        """Wake whoever waits for news."""
        self._news.set()

    async def news(self, timeout: float) -> None:
        """Until something happened, or `timeout` seconds passed."""
        try:
            async with asyncio.timeout(timeout):
                await self._news.wait()
        except TimeoutError:
            pass
        self._news.clear()

    async def settled(self) -> None:
        """Until no coder is recalling what the journal already holds of it."""
        while any(self._recalling(member) for member in self.members.values()):
            await self.news(1.0)

    def silent(self) -> list[Member]:
        """Coders at work that showed no sign for as long as their lease."""
        now = time.monotonic()
        return [
            member
            for member in self.members.values()
            if member.held and member.state == "working" and now - member.last_sign > self.lease
        ]

    async def revoke(self, member: Member) -> None:
        """Take the lease away, end the task and remove the sandbox."""
        member.held = False
        at_work = member.state == "working"
        await self._end(member)
        if at_work and member.agent is not None:
            member.agent.stream.record(AgentEnded(status="failed", reason="Its lease ended."))

    async def _live(self, member: Member) -> None:
        """One coder's life: work, then again for each message that comes after an end."""
        try:
            member.agent = agent = await self._make(member.begun)
            await self._turn(member, agent, agent.run)
            while True:
                if not agent.stream.recalling:
                    await member.inbox.wait()
                await self._turn(member, agent, agent.go_on)
        except LimitReached as reached:  # of the whole run: the planner meets it next
            self._give_up(member, "stopped", str(reached))
        except InfraFault as fault:
            self._give_up(member, "dead", str(fault))

    async def _turn(
        self, member: Member, agent: Agent, work: Callable[[], Awaitable[Result]]
    ) -> None:
        """Work to the next end. What the journal holds already needs no place of its own."""
        async with nullcontext() if agent.stream.recalling else self._room:
            member.state = "working"
            self._report(member, await work())

    def _report(self, member: Member, result: Result) -> None:
        assert member.agent is not None
        submitted = member.agent.proposals > member.proposals
        member.proposals, member.result = member.agent.proposals, result
        if submitted and result.status in ("done", "partial"):
            member.state = "submitted"
        else:
            member.state = "stopped" if result.status == "partial" else "failed"
        member.last_sign = time.monotonic()
        self.tell()

    def _give_up(self, member: Member, state: State, why: str) -> None:
        member.state, member.fault = state, why
        self.tell()

    def _recalling(self, member: Member) -> bool:
        if member.task is None or member.task.done():
            return False
        return member.agent is None or member.agent.stream.recalling

    async def _end(self, member: Member) -> None:
        task, member.task = member.task, None
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])
        if member.workspace is not None:
            await member.workspace.close()
