"""`solo --personas`: a planner and a coder as two persons of one agent, in one context.

The control for the question whether two agents do more than two hats. Who speaks is read from the
replies, and each change of persona is an event, so that the role flips of a run can be counted.
"""

import re

from agentcli.agents.loop import Agent
from agentcli.agents.workspace import Workspace
from agentcli.ids import ROOT_AGENT
from agentcli.journal.events import ModelReplied, Result, RoleTaken
from agentcli.modes.base import RunContext
from agentcli.modes.coder import make_coder
from agentcli.prompting import render

# "PLANNER:", "**Coder**", "## Planner", "[CODER]": a name that heads a line, not one in a sentence
_SPEAKER = re.compile(
    r"^[\s#*>\[(<_`-]*(planner|coder)[\s*\])>_`]*(?:[:—–-]|$)", re.IGNORECASE | re.MULTILINE
)


class Personas:
    """Notices who speaks."""

    def __init__(self) -> None:
        self._speaking: str | None = None

    def hear(self, agent: Agent, reply: ModelReplied) -> None:
        """Record each change of persona in a reply."""
        for name in speakers(reply.text):
            if name != self._speaking:
                self._speaking = name
                agent.stream.record(RoleTaken(agent=agent.id, role=name))


async def run_with_personas(context: RunContext, workspace: Workspace) -> Result:
    """The one agent of `solo`, told to be two: in the system prompt, and beside the task, since
    small models do what they read last."""
    agent = await make_coder(
        context,
        workspace,
        agent_id=ROOT_AGENT,
        brief=context.brief.model_copy(update={"facts": render("personas/reminder.j2")}),
        manner=render("personas/manner.j2"),
        on_reply=Personas().hear,
    )
    return await agent.run()


def speakers(text: str) -> list[str]:
    """Who speaks in a reply, in order."""
    return [name.lower() for name in _SPEAKER.findall(text)]
