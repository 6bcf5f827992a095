"""A call's name and arguments held against the tools on offer: coerced where that is safe."""

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from agentcli.journal.events import Call
from agentcli.models.base import ToolSpec
from agentcli.models.formats.base import malformed
from agentcli.models.formats.tolerant import Raw

# Names that models know from other agents.
_TOOL_ALIASES = {
    "shell": "bash", "sh": "bash", "run": "bash", "execute": "bash", "terminal": "bash",
    "run_command": "bash", "execute_command": "bash", "read_file": "read", "cat": "read",
    "open": "read", "view": "read", "write_file": "write", "create_file": "write",
    "create": "write", "edit_file": "edit", "str_replace": "edit", "replace": "edit",
    "grep": "search", "search_files": "search", "rg": "search", "repo_map": "map",
    "submit": "finish", "done": "finish", "complete": "finish", "answer": "finish",
    "task": "delegate",
}  # fmt: skip
_ARGUMENT_ALIASES = {
    "cmd": "command", "file": "path", "filename": "path", "file_path": "path", "filepath": "path",
    "file_name": "path", "contents": "content", "text": "content", "start_line": "start",
    "end_line": "end", "query": "pattern", "regex": "pattern", "old": "search",
    "old_str": "search", "old_string": "search", "old_text": "search", "new": "replace",
    "new_str": "replace", "new_string": "replace", "new_text": "replace", "message": "summary",
    "result": "summary", "description": "goal", "prompt": "goal", "include": "glob",
}  # fmt: skip
_KINDS = {"string": "text", "integer": "a whole number", "number": "a number",
          "boolean": "true or false", "array": "a list", "object": "an object"}  # fmt: skip


class _Misfit(Exception):
    """One argument doesn't fit; the text says which and how."""


def checked(
    name: str, arguments: Mapping[str, Any], tools: Sequence[ToolSpec], call_id: str
) -> Call:
    """The call as the tool can take it. Raises MalformedReply."""
    tool = find_tool(name, tools)
    given = _as_edits(dict(arguments)) if tool.name == "edit" else dict(arguments)
    try:
        fitted = _object(given, tool.parameters, tool.parameters, tool.name)
    except _Misfit as misfit:
        raise malformed(
            "bad_arguments", f"bad arguments for {tool.name}", tool=tool, problem=str(misfit)
        ) from misfit
    return Call(id=call_id, name=tool.name, arguments=fitted)


def all_checked(raws: Iterable[Raw], tools: Sequence[ToolSpec], step: int) -> tuple[Call, ...]:
    """Calls that were written as text in an agent's `step`, with ids. Raises MalformedReply."""
    return tuple(
        checked(name, arguments, tools, f"s{step}_{number}")
        for number, (name, arguments) in enumerate(raws)
    )


def find_tool(name: str, tools: Sequence[ToolSpec]) -> ToolSpec:
    """The tool of that name, or of the name it has here. Raises MalformedReply."""
    by_name = {tool.name: tool for tool in tools}
    plain = name.strip().removeprefix("functions.")
    for candidate in (plain, plain.lower(), _TOOL_ALIASES.get(plain.lower(), "")):
        if candidate in by_name:
            return by_name[candidate]
    near = get_close_matches(plain.lower(), by_name, n=1, cutoff=0.5)
    raise malformed(
        "unknown_tool",
        f"unknown tool {plain[:60]}",
        called=plain[:60],
        name=plain[:60],
        near=near,
        tools=tools,
    )


def _as_edits(given: dict[str, Any]) -> dict[str, Any]:
    """One edit written flat becomes a list of one."""
    if "edits" in given:
        return given
    renamed = {_ARGUMENT_ALIASES.get(key, key): value for key, value in given.items()}
    if not {"search", "replace"} <= renamed.keys():
        return given
    edit = {key: renamed.pop(key) for key in ("search", "replace")}
    return {**renamed, "edits": [edit]}


def _object(
    given: dict[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], where: str
) -> dict[str, Any]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = schema.get("required", [])
    fitted: dict[str, Any] = {}
    for key, value in given.items():
        alias = _ARGUMENT_ALIASES.get(key, key)
        known = key if key in properties else alias
        if known not in properties:
            near = get_close_matches(key, properties, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else f"; it takes {_listed(properties)}"
            raise _Misfit(f"`{where}` has no argument `{key}`{hint}")
        if value is None and known not in required:
            continue
        fitted.setdefault(known, _fit(value, properties[known], root, known))
    missing = [key for key in required if key not in fitted]
    if missing:
        raise _Misfit(f"`{where}` needs {_listed(missing)}")
    return fitted


def _fit(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], where: str) -> Any:
    if (reference := schema.get("$ref")) is not None:
        return _fit(value, root.get("$defs", {})[reference.rpartition("/")[2]], root, where)
    if (choices := schema.get("anyOf") or schema.get("oneOf")) is not None:
        return _first_fit(value, choices, root, where)
    kind = schema.get("type")
    if isinstance(kind, list):
        return _first_fit(value, [{**schema, "type": one} for one in kind], root, where)
    fitted = _coerced(value, str(kind)) if kind else value
    if isinstance(fitted, dict) and kind == "object":
        fitted = _object(fitted, schema, root, where) if "properties" in schema else fitted
    elif isinstance(fitted, list) and "items" in schema:
        fitted = [_fit(item, schema["items"], root, where) for item in fitted]
        if len(fitted) < schema.get("minItems", 0):
            raise _Misfit(f"`{where}` must not be empty")
    elif kind and not _is(fitted, str(kind)):
        raise _Misfit(f"`{where}` must be {_KINDS.get(str(kind), kind)}")
    if "enum" in schema and fitted not in schema["enum"]:
        raise _Misfit(f"`{where}` must be one of {_listed(schema['enum'])}")
    return fitted


def _first_fit(
    value: Any, choices: Sequence[Mapping[str, Any]], root: Mapping[str, Any], where: str
) -> Any:
    # A choice that takes the value as it stands goes before one that would have to bend it.
    ordered = sorted(choices, key=lambda choice: not _is(value, str(choice.get("type"))))
    problem: _Misfit | None = None
    for choice in ordered:
        try:
            return _fit(value, choice, root, where)
        except _Misfit as misfit:
            problem = problem or misfit
    raise problem or _Misfit(f"`{where}` doesn't fit")


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "null":
            return value is None
        case _:
            return True


def _coerced(value: Any, kind: str) -> Any:
    """The value as the kind, where nothing can be lost by it; else the value as it is."""
    if _is(value, kind):
        return value
    match kind, value:
        case "string", bool():
            return str(value).lower()
        case "string", int() | float():
            return str(value)
        case "string", list() if value and all(isinstance(line, str) for line in value):
            return "\n".join(value)
        case "integer" | "number", str() | float():
            return _number(value, kind)
        case "boolean", str() if value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        case "array" | "object", str():
            return _from_json(value, kind)
        case "array", dict():
            return [value]
        case _:
            return value


def _number(value: str | float, kind: str) -> Any:
    try:
        number = float(value)
        whole = int(number)
    except (ValueError, OverflowError):
        return value
    if kind == "integer" or (isinstance(value, str) and "." not in value):
        return whole if whole == number else value
    return number


def _from_json(value: str, kind: str) -> Any:
    try:
        loaded = json.loads(value)
    except ValueError:
        loaded = None
    if _is(loaded, kind):
        return loaded
    return [value] if kind == "array" and value.strip() else value


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)
