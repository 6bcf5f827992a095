"""What a planner's fenced blocks say, as a call's name and arguments."""

import re
from collections.abc import Callable
from typing import Any

Arguments = dict[str, Any]

_KEY = re.compile(
    r"^\s*[-*]?\s*(name|goal|facts|paths|check|after|model|drop|reason)\s*:\s*(.*)$", re.IGNORECASE
)
_RULE = re.compile(r"^\s*-{3,}\s*$", re.MULTILINE)
_LISTS = ("paths", "after", "drop")


def assign(head: str, body: str) -> Arguments:
    """```assign with `key: value` lines, a line of dashes between two briefs.

    `reason` and `drop` may stand in any part; a part without a goal is no brief.
    """
    parts = [_fields(part) for part in _RULE.split(f"{head}\n{body}")]
    arguments: Arguments = {}
    for part in parts:
        for key in ("reason", "drop"):
            if key in part:
                arguments[key] = part.pop(key)
    briefs = [part for part in parts if "goal" in part]
    for number, brief in enumerate(briefs, 1):
        brief.setdefault("name", f"part{number}")
    return {"briefs": briefs, **arguments}


def named(key: str | None = None) -> Callable[[str, str], Arguments]:
    """```TOOL NAME, with the body as `key` where the tool takes words."""

    def read(head: str, body: str) -> Arguments:
        name, _, more = head.partition(" ")
        who = "to" if key == "text" else "of"
        arguments: Arguments = {who: name.strip("`\"':,")} if name else {}
        words = f"{more}\n{body}".strip()
        return arguments | ({key: words} if key and words else {})

    return read


def wait(head: str, body: str) -> Arguments:
    """```wait [SECONDS]"""
    found = re.search(r"\d+(?:\.\d+)?", head)
    return {"seconds": float(found[0])} if found else {}


def ask(head: str, body: str) -> Arguments:
    """```ask with the question as body."""
    return {"question": f"{head}\n{body}".strip()}


PLANNING_READERS: dict[str, Callable[[str, str], Arguments]] = {
    "assign": assign,
    "message": named("text"),
    "inspect": named(),
    "wait": wait,
    "interrupt": named("reason"),
    "accept": named(),
    "reject": named("reason"),
    "revert": named("reason"),
    "ask": ask,
}


def _fields(text: str) -> Arguments:
    """`key: value` lines; what follows a line without a key belongs to the key before."""
    fields: dict[str, list[str]] = {}
    key = "goal"
    for line in text.splitlines():
        if found := _KEY.match(line):
            key, line = found[1].lower(), found[2]
        fields.setdefault(key, []).append(line)
    values = {key: "\n".join(lines).strip() for key, lines in fields.items()}
    return {
        key: [one for one in re.split(r"[\s,]+", value) if one] if key in _LISTS else value
        for key, value in values.items()
        if value
    }
