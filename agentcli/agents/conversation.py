"""An agent's context window: the messages that the next model call will see."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Literal

from agentcli.agents.clip import one_line
from agentcli.journal.events import Call, ModelReplied, ToolReturned
from agentcli.models.base import Message
from agentcli.models.repeats import said_once


class Conversation:
    """Messages in order. `keep` marks the system prompt, the task and the open brief."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.digest: list[str] = []  # a line for each step that compaction took out
        self._sizes: dict[int, tuple[Message, int]] = {}  # by identity: messages never change

    def restart(self) -> None:
        """Forget all but the system prompt: a fresh try."""
        self.messages = [message for message in self.messages if message.role == "system"]
        self.digest = []

    def add_system(self, text: str) -> None:
        self.messages.append(Message("system", text, keep=True))

    def add_user(self, text: str, *, keep: bool = False) -> None:
        self.messages.append(Message("user", text, keep=keep))

    def add_reply(self, reply: ModelReplied, calls: tuple[Call, ...]) -> None:
        # Shown its own repetition whole, a model goes on with it.
        self.messages.append(Message("assistant", said_once(reply.text), calls=calls))

    def add_result(self, returned: ToolReturned) -> None:
        ran = returned.exit_code is not None or returned.check is not None
        failure: Literal["command", "call"] | None = None
        if not returned.ok:
            failure = "command" if ran else "call"
        self.messages.append(
            Message("tool", returned.output, call_id=returned.call.id, failure=failure)
        )

    def add_skipped(self, call: Call) -> None:
        """A call of a reply that was cut short: providers want an answer to every call."""
        self.messages.append(Message("tool", "[not done]", call_id=call.id))

    def set_summary(self, text: str) -> None:
        """Put the digest of dropped steps after the task, in place of an earlier one."""
        kept = [message for message in self.messages if not message.summary]
        at = next((n for n, m in enumerate(kept) if not m.keep), len(kept))
        self.messages = [*kept[:at], Message("user", text, keep=True, summary=True), *kept[at:]]

    def tokens(self, count: Callable[[str], int]) -> int:
        """About how many tokens all messages take (4 more for each message's frame)."""
        return sum(self._size(message, count) for message in self.messages)

    def _size(self, message: Message, count: Callable[[str], int]) -> int:
        known = self._sizes.get(id(message))
        if known is None or known[0] is not message:
            known = (message, count(_all_text(message)) + 4)
            self._sizes[id(message)] = known
        return known[1]


def describe(call: Call, limit: int = 120) -> str:
    """A call as one line for people and for the digest of dropped steps."""
    return one_line(f"{call.name} {_matter(call.arguments)}", limit)


def _matter(arguments: dict[str, Any]) -> str:
    """What a call is about: a command or place, the briefs' names, or whom it tells what."""
    match arguments:
        case {"command": it} | {"path": it} | {"pattern": it} | {"goal": it} | {"summary": it}:
            return str(it)
        case {"briefs": [*briefs]}:
            return ", ".join(str(brief["name"]) for brief in briefs)
    whom = arguments.get("of") or arguments.get("to")
    words = (arguments.get(key) for key in ("text", "reason", "question"))
    told = ": ".join(str(part) for part in (whom, *words) if part)
    shown = {key: value for key, value in arguments.items() if key != "show"}
    return told or (json.dumps(shown, ensure_ascii=False) if shown else "")


def saying(reply: ModelReplied) -> str:
    """What a reply says beside its calls. Where those are blocks of text, people see the acts."""
    if reply.calls:
        return reply.text.strip()
    from agentcli.models.formats.fences import prose  # its package takes long to import

    return prose(reply.text)


def turns(messages: Iterable[Message]) -> list[list[Message]]:
    """Messages grouped so that an assistant's calls and their results stay together."""
    groups: list[list[Message]] = []
    for message in messages:
        if message.role in ("tool",) and groups:
            groups[-1].append(message)
        else:
            groups.append([message])
    return groups


def shortened(message: Message, text: str) -> Message:
    """The same message with other text."""
    return replace(message, text=text)


def _all_text(message: Message) -> str:
    if not message.calls:
        return message.text
    return message.text + "".join(call.name + json.dumps(call.arguments) for call in message.calls)
