"""Our messages as the dicts of the chat completions API, in a shape that every provider takes."""

import json
from collections.abc import Sequence
from typing import Any

from agentcli.models.base import Message, ToolSpec

Wire = dict[str, Any]

_NOT_RUN = "This call was not run."
_EMPTY = "(empty)"  # several providers refuse a message without content


def to_wire(messages: Sequence[Message], cache_marks: bool = False) -> list[Wire]:
    """Convert a conversation.

    Neighbours of the same role are merged, a result without its call becomes a user message,
    a call without its result gets one, and a system message that isn't first speaks as user.
    """
    wire: list[Wire] = []
    open_calls: list[str] = []
    for message in messages:
        if message.role != "tool" or message.call_id not in open_calls:
            wire.extend(_result(call, _NOT_RUN) for call in open_calls)
            open_calls = []
        match message.role:
            case "tool" if open_calls and message.call_id is not None:
                open_calls.remove(message.call_id)
                wire.append(_result(message.call_id, message.text or _EMPTY))
            case "tool":
                _append(wire, "user", f"Result of a tool:\n{message.text}")
            case "assistant":
                open_calls = [call.id for call in message.calls]
                _append(wire, "assistant", message.text, _calls(message))
            case "system" if not wire or wire[-1]["role"] == "system":
                _append(wire, "system", message.text)
            case _:
                _append(wire, "user", message.text)
    wire.extend(_result(call, _NOT_RUN) for call in open_calls)
    return _with_cache_marks(wire) if cache_marks else wire


def tools_to_wire(tools: Sequence[ToolSpec]) -> list[Wire]:
    """Native tool definitions."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            },
        }
        for tool in tools
    ]


def _calls(message: Message) -> list[Wire]:
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
        }
        for call in message.calls
    ]


def _result(call_id: str | None, text: str) -> Wire:
    return {"role": "tool", "tool_call_id": call_id, "content": text}


def _append(wire: list[Wire], role: str, text: str, calls: Sequence[Wire] = ()) -> None:
    last = wire[-1] if wire else None
    if last and last["role"] == role and not calls and "tool_calls" not in last:
        last["content"] = f"{last['content']}\n\n{text}"
        return
    message: Wire = {"role": role, "content": text or (None if calls else _EMPTY)}
    if calls:
        message["tool_calls"] = list(calls)
    wire.append(message)


def _with_cache_marks(wire: list[Wire]) -> list[Wire]:
    """Mark the ends of what stays the same: system, last tool result, last user message."""
    marked = {role: index for index, m in enumerate(wire) if (role := m["role"]) != "assistant"}
    return [
        {**m, "content": [_marked(str(m["content"]))]} if index in marked.values() else m
        for index, m in enumerate(wire)
    ]


def _marked(text: str) -> Wire:
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
