"""What the planner's tools share: they act on the swarm, and their acts are events."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentcli.delegation.assignment import Assignment
from agentcli.delegation.swarm import Swarm
from agentcli.journal.events import (
    Call,
    Checkpoint,
    GateDecided,
    MessageSent,
    ProposalAccepted,
    ToolReturned,
)
from agentcli.journal.stream import Stream
from agentcli.models.base import ToolSpec

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent


@dataclass(frozen=True)
class Done:
    """What came of a call. `checkpoint`: the trunk as the planner left it."""

    text: str
    ok: bool = True
    checkpoint: Checkpoint | None = None


class PlannerTool(ABC):
    """Handles calls of one name. The acts come before the result in the stream, so a call that
    was cut short is taken up again where the record ends."""

    spec: ToolSpec

    def __init__(self, swarm: Swarm) -> None:
        self.swarm = swarm

    async def handle(self, call: Call, agent: "Agent") -> ToolReturned:
        began = time.monotonic()
        stream = agent.stream
        done = Done("")
        if stream.peek(ToolReturned) is None:
            if not stream.recalling:
                await self.swarm.go_live()
            done = await self.act(call, agent)
        returned = stream.record(
            ToolReturned(
                call=call,
                ok=done.ok,
                output=done.text,
                size=len(done.text),
                seconds=time.monotonic() - began,
                checkpoint=done.checkpoint,
            )
        )
        if returned.checkpoint is not None:
            self.swarm.trunk.recall(returned.checkpoint.tree)
            agent.checkpoints = returned.checkpoint.number
        return returned

    @abstractmethod
    async def act(self, call: Call, agent: "Agent") -> Done:
        """Do it. Called again after a crash, with what was recorded of it still to be recalled;
        so what depends on the coders' progress is only looked at when nothing is recalled."""


def find(swarm: Swarm, name: str) -> Assignment | Done:
    """The delegation that the planner means, or what to tell it."""
    found = swarm.current(name)
    if found is not None:
        return found
    known = ", ".join(f"{each.name} ({each.id})" for each in swarm.assignments.values())
    planned = f" {name} has not begun yet." if name in swarm.plan.items else ""
    return Done(f"No coder is at {name!r}.{planned} There are: {known or 'none'}.", ok=False)


def find_open(swarm: Swarm, name: str | None, stream: Stream) -> Assignment | Done:
    """The same, if it is not closed. Without a name: the first that has submitted."""
    if name is None:
        return _first_submitted(swarm, stream)
    found = find(swarm, name)
    if isinstance(found, Assignment) and found.closed is not None:
        return Done(f"{found.name} ({found.id}) is over: {found.state}.", ok=False)
    return found


def first_submitted(swarm: Swarm) -> Assignment | None:
    """The first in the plan whose proposal is to be decided on."""
    for name in swarm.plan.items:
        each = swarm.current(name)
        if each is not None and each.undecided:
            return each
    return None


def _first_submitted(swarm: Swarm, stream: Stream) -> Assignment | Done:
    if (accepted := stream.peek(ProposalAccepted)) is not None:
        return swarm.assignments[accepted.delegation]
    if (decided := stream.peek(GateDecided)) is not None:
        return swarm.assignments[decided.delegation]
    if (sent := stream.peek(MessageSent)) is not None:
        return swarm.assignments[sent.to]
    return first_submitted(swarm) or Done("No proposal waits for you.", ok=False)
