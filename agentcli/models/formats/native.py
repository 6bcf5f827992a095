"""Native tool calls: the provider's own protocol. For models that were trained for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentcli.journal.events import Call, ModelReplied
from agentcli.models.base import Message, ToolSpec
from agentcli.models.formats.base import malformed, refuse_unusable
from agentcli.models.formats.schema import all_checked, checked
from agentcli.models.formats.tolerant import calls_in_text
from agentcli.prompting import render


@dataclass(frozen=True)
class NativeFormat:
    """Calls come apart from the text; those that a server failed to see are found in the text."""

    name: str = "native"

    def prepare(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec]
    ) -> tuple[Sequence[Message], Sequence[ToolSpec]]:
        """Nothing to change."""
        return messages, tools

    def parse(self, reply: ModelReplied, tools: Sequence[ToolSpec]) -> tuple[Call, ...]:
        """The native calls, else calls written as JSON. Raises MalformedReply."""
        refuse_unusable(reply)
        if reply.broken is not None:
            raise malformed("bad_json", broken=reply.broken[:400])
        if reply.calls:
            return tuple(checked(c.name, c.arguments, tools, c.id) for c in reply.calls)
        written = calls_in_text(reply.text)
        if not written:
            raise malformed("no_call_native", "no tool call")
        return all_checked(written, tools, reply.step)

    def usage(self, tools: Sequence[ToolSpec]) -> str:
        """A reminder that each reply calls a tool."""
        return render("formats/native.j2", tools=tools)

    def knowing(self, paths: Iterable[str]) -> "NativeFormat":
        """Files make no difference here."""
        return self
