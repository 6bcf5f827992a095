"""What a reply format is: how tool calls look in a model's words, in both directions."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from agentcli.journal.events import Call, ModelReplied
from agentcli.models.base import Message, ToolSpec
from agentcli.models.formats.writing import write_block
from agentcli.models.streaming import REPEATS
from agentcli.prompting import render


class MalformedReply(Exception):
    """A reply without a usable call. `correction` tells the model how to mend it.

    `tool` is the name that was called where there is no such tool.
    """

    def __init__(self, fault: str, correction: str, tool: str | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.correction = correction
        self.tool = tool


class Format(Protocol):
    """One way to write tool calls. Immutable: `knowing` gives another one."""

    @property
    def name(self) -> str:
        """As the setting `reply_format` calls it."""

    def prepare(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec]
    ) -> tuple[Sequence[Message], Sequence[ToolSpec]]:
        """The messages as this model should see them, and the tools to offer natively."""

    def parse(self, reply: ModelReplied, tools: Sequence[ToolSpec]) -> tuple[Call, ...]:
        """At least one call, in order, with checked arguments. Raises MalformedReply only."""

    def usage(self, tools: Sequence[ToolSpec]) -> str:
        """What the system prompt says about the format; empty when nothing need be said."""

    def knowing(self, paths: Iterable[str]) -> "Format":
        """The same format, told which files the model was shown."""


class TextFormat:
    """The common part of formats whose calls are text."""

    def prepare(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec]
    ) -> tuple[Sequence[Message], Sequence[ToolSpec]]:
        """All as text; nothing is offered natively."""
        return as_text(messages), ()


def malformed(
    template: str, fault: str = "", *, called: str | None = None, **values: Any
) -> MalformedReply:
    """The fault with its correction, from `prompts/corrections/`."""
    return MalformedReply(
        fault or template.replace("_", " "), render(f"corrections/{template}.j2", **values), called
    )


def refuse_unusable(reply: ModelReplied) -> None:
    """The faults that all formats share: nothing said, too much, or the same over and over."""
    if reply.finish_reason == REPEATS:
        raise malformed("repeats", "repeated itself")
    if reply.finish_reason == "length":
        raise malformed("cut_off")
    if not reply.text.strip() and not reply.calls and reply.broken is None:
        raise malformed("empty")


def as_text(messages: Sequence[Message]) -> list[Message]:
    """A conversation for text formats: calls stay as they were written, results become user words.

    An assistant message whose calls were never text (another model's native ones) gets them
    written out.
    """
    called: dict[str, Call] = {}
    out: list[Message] = []
    for message in messages:
        called |= {call.id: call for call in message.calls}
        if message.role == "assistant" and message.calls:
            text = message.text.strip() or "\n\n".join(map(write_block, message.calls))
            out.append(Message("assistant", text, keep=message.keep))
        elif message.role == "tool":
            call = called.get(message.call_id or "")
            text = render("formats/result.j2", call=call, text=message.text)
            out.append(Message("user", text, keep=message.keep))
        else:
            out.append(message)
    return out
