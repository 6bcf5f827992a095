"""What each kind of fenced block says, as a call's name and arguments."""

import re
import shlex
from typing import Any

from agentcli.models.formats.base import malformed
from agentcli.models.formats.planning import PLANNING_READERS

_SECTION = re.compile(
    r"^<{5,9}[ \t]*(?:SEARCH|ORIGINAL|OLD)?[^\n]*\n(?P<search>.*?)^={5,9}[ \t]*\n"
    r"(?P<replace>.*?)^>{5,9}[ \t]*(?:REPLACE|UPDATED|NEW)?[^\n]*$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_RANGE = re.compile(r"[:\s]+L?(\d+)\s*(?:[-–:,]\s*L?(\d+))?\s*$")
_KEY = re.compile(r"^\s*[-*]?\s*(goal|facts|paths|check)\s*:\s*(.*)$", re.IGNORECASE)
_STATUSES = ("done", "failed", "partial")
_LIKELY_PATH = re.compile(r"^(?:\.{1,2}|.*/.*|.+\.[A-Za-z]\w{0,6})$")

Arguments = dict[str, Any]


def bash(head: str, body: str) -> Arguments:
    """```bash [timeout=SECONDS]"""
    arguments: Arguments = {"command": _without_prompts(body).strip("\n")}
    if found := re.search(r"timeout\s*[=:]?\s*(\d+)", head):
        arguments["timeout"] = int(found[1])
    return arguments


def write(head: str, body: str) -> Arguments:
    """```write PATH"""
    return _with_path("write", head) | {"content": body}


def edit(head: str, body: str) -> Arguments:
    """```edit PATH with SEARCH/REPLACE sections."""
    arguments = _with_path("edit", head)
    edits = [{"search": m["search"], "replace": m["replace"]} for m in _SECTION.finditer(body)]
    markers = len(re.findall(r"^<{5,9}", body, re.MULTILINE))
    if not edits or markers != len(edits):
        raise malformed("edit_sections", "edit block without whole sections", path=head)
    return arguments | {"edits": edits}


def read(head: str, body: str) -> Arguments:
    """```read PATH [FROM-TO]"""
    given = head or next((line for line in body.splitlines() if line.strip()), "")
    found = _RANGE.search(given)
    if found is None:
        return _with_path("read", given)
    arguments = _with_path("read", given[: found.start()]) | {"start": int(found[1])}
    return arguments | ({"end": int(found[2])} if found[2] else {})


def search(head: str, body: str) -> Arguments:
    """```search PATTERN [PATH]: a pattern with blanks may stand in quotes. One path at most."""
    given = head or body.strip()
    if given[:1] in "\"'" and given:
        try:
            words = shlex.split(given)
        except ValueError:
            words = [given]
    else:
        words = given.rsplit(maxsplit=1)
        if len(words) == 2 and not _LIKELY_PATH.match(words[1]):
            words = [given]
    if len(words) > 2:
        raise malformed("search_places", "search block with several places", pattern=words[0])
    arguments: Arguments = {"pattern": words[0]} if words else {}
    return arguments | ({"path": words[1]} if len(words) > 1 else {})


def map_(head: str, body: str) -> Arguments:
    """```map [NAMES or PATHS]"""
    focus = re.split(r"[\s,]+", f"{head} {body}".strip())
    return {"focus": focus} if focus != [""] else {}


def delegate(head: str, body: str) -> Arguments:
    """```delegate with `key: value` lines; what follows a line without a key belongs to it."""
    fields: dict[str, list[str]] = {}
    key = "goal"
    for line in [head, *body.splitlines()]:
        if found := _KEY.match(line):
            key = found[1].lower()
            line = found[2]
        fields.setdefault(key, []).append(line)
    values = {key: "\n".join(lines).strip() for key, lines in fields.items()}
    arguments: Arguments = {key: value for key, value in values.items() if value}
    if "paths" in arguments:
        arguments["paths"] = [p for p in re.split(r"[\s,]+", arguments["paths"]) if p]
    return arguments


def finish(head: str, body: str) -> Arguments:
    """```finish [STATUS] with the summary as body."""
    first, _, rest = head.partition(" ")
    status = first.lower().strip(":")
    if status not in _STATUSES:
        status, rest = "done", head
    summary = f"{rest}\n{body}".strip()
    return {"status": status, "summary": summary or status}


def splice(head: str, body: str) -> Arguments:
    """```splice PATH with whole functions, methods or classes."""
    return _with_path("splice", head) | {"code": body}


READERS = {
    "bash": bash,
    "write": write,
    "edit": edit,
    "read": read,
    "search": search,
    "map": map_,
    "delegate": delegate,
    "finish": finish,
    "splice": splice,
    **PLANNING_READERS,
}


def _with_path(tool: str, head: str) -> Arguments:
    path = head.strip().removeprefix("path=").removeprefix("path:").strip(" `\"'")
    if not path:
        raise malformed("missing_path", f"{tool} block without a path", tool=tool)
    return {"path": path}


def _without_prompts(body: str) -> str:
    """Commands copied from a terminal, `$ ` before each, without it."""
    lines = [line for line in body.splitlines() if line.strip()]
    if lines and all(line.startswith("$ ") for line in lines):
        return "\n".join(line[2:] for line in lines)
    return body
