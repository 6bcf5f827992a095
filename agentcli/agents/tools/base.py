"""What a tool is: a spec for the model and a handler for its calls."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agentcli.agents.clip import clip
from agentcli.agents.workspace import Workspace
from agentcli.journal.events import Call, Check, Checkpoint, ToolReturned
from agentcli.models.base import ToolSpec
from agentcli.sandbox.base import CommandResult, SandboxError

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent

OUTPUT_LIMIT = 12_000  # characters of one tool result that the model sees


@dataclass(frozen=True)
class ToolOutput:
    """What a work tool did. `wrote`: files may have changed, so a checkpoint is due."""

    text: str
    ok: bool = True
    wrote: bool = False
    exit_code: int | None = None
    size: int | None = None


@dataclass(frozen=True)
class WorkContext:
    """What work tools need."""

    workspace: Workspace
    command_timeout: float
    count_tokens: Callable[[str], int]
    task: str  # the goal at hand, so that the codemap can favour what it names


class Tool(Protocol):
    """Handles calls of one name."""

    spec: ToolSpec

    async def handle(self, call: Call, agent: "Agent") -> ToolReturned:
        """Do it (or recall it) and return the result as journalled."""


class WorkTool(ABC):
    """A tool that works in the sandbox: done once, journalled, and never done again on resume."""

    spec: ToolSpec

    async def handle(self, call: Call, agent: "Agent") -> ToolReturned:
        returned = await agent.stream.perform(ToolReturned, lambda: self._live(call, agent))
        if returned.checkpoint is not None:
            agent.workspace.recall(returned.checkpoint.tree)
            agent.checkpoints = returned.checkpoint.number
        return returned

    @abstractmethod
    async def work(self, call: Call, context: WorkContext) -> ToolOutput:
        """The act itself. SandboxError becomes a failed result that the model reads."""

    async def _live(self, call: Call, agent: "Agent") -> ToolReturned:
        began = time.monotonic()
        try:
            output = await self.work(call, agent.work_context)
        except SandboxError as error:
            output = ToolOutput(str(error), ok=False)
        checkpoint: Checkpoint | None = None
        notes: tuple[str, ...] = ()
        if output.wrote:
            checkpoint, notes = await agent.workspace.checkpoint(agent.checkpoints + 1)
            if checkpoint is not None:
                await asyncio.to_thread(
                    agent.workspace.store.pin,
                    f"{agent.id}/ck/{checkpoint.number}",
                    checkpoint.tree,
                )
        text = "\n".join([clip(output.text, OUTPUT_LIMIT), *(f"Note: {note}" for note in notes)])
        return ToolReturned(
            call=call,
            ok=output.ok,
            output=text,
            size=len(output.text) if output.size is None else output.size,
            exit_code=output.exit_code,
            seconds=time.monotonic() - began,
            checkpoint=checkpoint,
        )


async def run_check(command: str, context: WorkContext) -> Check:
    """Run a done-check in the workspace's sandbox. Its output is clipped for a context."""
    sandbox = await context.workspace.sandbox()
    result = await sandbox.run(command, timeout=context.command_timeout)
    return as_check(command, result, OUTPUT_LIMIT // 2)


def as_check(command: str, result: CommandResult, limit: int) -> Check:
    """A finished check command as the journal keeps it, with `limit` characters of output."""
    output = "\n".join(part for part in (result.stdout.rstrip(), result.stderr.rstrip()) if part)
    return Check(
        command=command,
        exit_code=result.exit_code,
        passed=result.exit_code == 0,
        output=clip(output, limit),
        seconds=result.seconds,
    )


def schema(required: tuple[str, ...] = (), **properties: dict[str, object]) -> dict[str, object]:
    """A JSON schema for a tool's arguments."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
