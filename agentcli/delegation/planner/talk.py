"""`message` and `interrupt`: words to a coder, and stopping one."""

from typing import TYPE_CHECKING

from agentcli.agents.tools.base import schema
from agentcli.delegation.planner.base import Done, PlannerTool, find_open
from agentcli.journal.delegation_events import MessageKind
from agentcli.journal.events import Call
from agentcli.models.base import ToolSpec
from agentcli.prompting import render

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent


class Message(PlannerTool):
    """Delivered before the coder's next step. One that had submitted takes its work up again."""

    spec = ToolSpec(
        "message",
        render("tools/message.j2"),
        schema(("text",), to={"type": "string"}, text={"type": "string"}),
    )

    async def act(self, call: Call, agent: "Agent") -> Done:
        to = find_open(self.swarm, call.arguments.get("to"), agent.stream)
        if isinstance(to, Done):
            return to
        kind: MessageKind = "message"
        if to.id in self.swarm.asking:
            kind = "answer"
        elif to.member.state in ("submitted", "stopped"):
            kind = "revise"
        self.swarm.send(to, kind, call.arguments["text"])
        return Done(f"{to.name} ({to.id}) reads it before its next step.")


class Interrupt(PlannerTool):
    """Stop a coder, or give it other orders in place of its brief."""

    spec = ToolSpec(
        "interrupt",
        render("tools/interrupt.j2"),
        schema(
            ("of", "reason"),
            of={"type": "string"},
            reason={"type": "string"},
            instead={"type": "string"},
        ),
    )

    async def act(self, call: Call, agent: "Agent") -> Done:
        to = find_open(self.swarm, call.arguments["of"], agent.stream)
        if isinstance(to, Done):
            return to
        if not agent.stream.recalling and to.member.state != "working":
            return Done(f"{to.name} is not at work: {to.state}.", ok=False)
        instead = call.arguments.get("instead")
        if instead:
            self.swarm.send(to, "redirect", instead)
            return Done(f"{to.name} ({to.id}) gets the new orders before its next step.")
        self.swarm.send(to, "interrupt", call.arguments["reason"])
        return Done(f"{to.name} ({to.id}) stops before its next step; its changes stay.")
