"""Calls in places and shapes where small models put them, whatever they were told."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from agentcli.models.arguments import read_arguments

Raw = tuple[str, dict[str, Any]]

_TAGGED = re.compile(r"<(tool_call|function_call|tool)>(.*?)(?:</\1>|\Z)", re.DOTALL)
_FUNCTION = re.compile(r"<function=([\w.-]+)>(.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([\w.-]+)>\n?(.*?)\n?</parameter>", re.DOTALL)
_OBJECT_START = re.compile(
    r"[{\[]\s*(?:\{\s*)?[\"'](?:name|tool|function|tool_calls|type)[\"']\s*:"
)
_NAMES = ("name", "tool", "tool_name", "function")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "tool_input", "params")
_ENVELOPE = frozenset({*_NAMES, "id", "type", "thought", "thoughts", "reasoning"})


def calls_in_text(text: str) -> list[Raw]:
    """All calls that a text holds: in tags, in `<function=…>` XML, as bare JSON. In order."""
    if functions := [_xml_call(match) for match in _FUNCTION.finditer(text)]:
        return functions
    if tagged := [raw for match in _TAGGED.finditer(text) for raw in calls_in_json(match[2])]:
        return tagged
    if whole := calls_in_json(text):
        return whole
    return list(_embedded(text))


def calls_in_json(text: str) -> list[Raw]:
    """The calls that a text which is JSON (or nearly) stands for; empty when it is not that."""
    text = text.strip()
    if not text.startswith(("{", "[")):
        return []
    value = _load_list(text) if text.startswith("[") else read_arguments(text)
    if value is None:
        return list(_embedded(text))
    return calls_in(value)


def calls_in(value: Any) -> list[Raw]:
    """The calls that loaded JSON stands for: one, a list of them, or one in an envelope."""
    if isinstance(value, list):
        return [raw for item in value for raw in calls_in(item)]
    if not isinstance(value, Mapping):
        return []
    if isinstance(inner := value.get("tool_calls"), list):
        return calls_in(inner)
    if isinstance(inner := value.get("function"), Mapping):
        return calls_in(inner)
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
    if name is None:
        return []
    key = next((key for key in _ARGUMENTS if key in value), None)
    if key is None:  # arguments beside the name
        flat = {k: v for k, v in value.items() if k not in _ENVELOPE}
        return [(name, flat)] if flat and "tool" in value else []
    arguments = value[key]
    if isinstance(arguments, str):
        arguments = read_arguments(arguments)
    return [(name, dict(arguments))] if isinstance(arguments, Mapping) else []


def _xml_call(match: re.Match[str]) -> Raw:
    return match[1], {found[1]: found[2] for found in _PARAMETER.finditer(match[2])}


def _load_list(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        wrapped = read_arguments('{"tool_calls": ' + text + "}")
        return None if wrapped is None else wrapped.get("tool_calls")


def _embedded(text: str) -> Iterator[Raw]:
    """Objects that look like calls, anywhere in prose."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while (start := _OBJECT_START.search(text, at)) is not None:
        try:
            value, at = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            at = start.end()
            continue
        yield from calls_in(value)
