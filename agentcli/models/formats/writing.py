"""A call written as a fenced block: the inverse of what `fenced` reads."""

import json
import re

from agentcli.journal.events import Call

_FENCE_RUN = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)

_MARKER = re.compile(r"^(?:<{5}|={5}|>{5})", re.MULTILINE)


def write_block(call: Call) -> str:
    """The block, its fence longer than any in its body."""
    head, body = _parts(call)
    longest = max((len(run) for run in _FENCE_RUN.findall(body)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{head}\n{body}{'' if body.endswith(chr(10)) or not body else chr(10)}{fence}"


def _parts(call: Call) -> tuple[str, str]:
    given = call.arguments
    match call.name:
        case "bash" if set(given) == {"command"} and _stays(given["command"]):
            return "bash", given["command"]
        case "write" if _plain(given["path"]) and _whole_lines(given["content"]):
            return f"write {given['path']}", given["content"]
        case "edit" if _plain(given["path"]) and all(map(_fits_section, given["edits"])):
            return f"edit {given['path']}", "\n".join(map(_section, given["edits"]))
        case "finish" if (summary := given.get("summary", "")).strip() == summary and summary:
            return f"finish {given.get('status', 'done')}", summary
        case _:
            whole = {"name": call.name, "arguments": given}
            return "json", json.dumps(whole, ensure_ascii=False, indent=1)


def _plain(path: str) -> bool:
    return re.fullmatch(r"[^\s`'\"]+", path) is not None


def _stays(command: str) -> bool:
    """Whether nothing would be trimmed from a command."""
    return bool(command) and command == command.strip("\n") and not command.startswith("$ ")


def _whole_lines(text: str) -> bool:
    return not text or text.endswith("\n")


def _fits_section(edit: dict[str, str]) -> bool:
    texts = (edit["search"], edit["replace"])
    return all(_whole_lines(text) and not _MARKER.search(text) for text in texts)


def _section(edit: dict[str, str]) -> str:
    return f"<<<<<<< SEARCH\n{edit['search']}=======\n{edit['replace']}>>>>>>> REPLACE"
