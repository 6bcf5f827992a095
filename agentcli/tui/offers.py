"""What the prompt offers for what was typed: commands, their values, files, earlier tasks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agentcli.tui.commands import COMMANDS, find

_MOST = 50  # offers at a time
_FILE = re.compile(r"(?:^|\s)@(\S*)$")


@dataclass(frozen=True)
class Offer:
    """`text` takes the place of what was typed from `start` to the cursor."""

    text: str
    start: int
    about: str = ""


@dataclass(frozen=True)
class Sources:
    """What there is to offer. `values` holds the names that commands take, by kind."""

    files: Sequence[str] = ()
    tasks: Sequence[str] = ()
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)


def offers_for(typed: str, sources: Sources) -> list[Offer]:
    """What to offer for the text before the cursor, the best first."""
    if typed.startswith("/") and "\n" not in typed:
        return _commands(typed, sources)
    if found := _FILE.search(typed):
        start = found.start(1) - 1
        return [Offer(f"{path} ", start) for path in ranked(found[1], sources.files)]
    return []


def earlier(typed: str, sources: Sources) -> list[Offer]:
    """Earlier tasks that hold all the words typed, the last first."""
    words = typed.lower().split()
    tasks = (task for task in sources.tasks if all(word in task.lower() for word in words))
    return [Offer(task, 0) for task in list(dict.fromkeys(tasks))[:_MOST]]


def ranked(wanted: str, paths: Iterable[str]) -> list[str]:
    """Paths that hold these characters in this order: those with the name first, then the short."""
    wanted = wanted.lower()
    found = [path for path in paths if _holds(path.lower(), wanted)]
    found.sort(key=lambda path: (_distance(path.lower(), wanted), len(path), path))
    return found[:_MOST]


def _commands(typed: str, sources: Sources) -> list[Offer]:
    found = find(typed)
    if found is not None and " " in typed:
        command, argument = found
        start = len(typed) - len(argument)
        known = sources.values.get(command.values, ())
        return [Offer(value, start) for value in ranked(argument, known)]
    fitting = [command for command in COMMANDS if f"/{command.name}".startswith(typed)]
    return [Offer(f"/{command.name}{' ' * command.takes}", 0, command.about) for command in fitting]


def _holds(text: str, wanted: str) -> bool:
    rest = iter(text)
    return all(character in rest for character in wanted)


def _distance(path: str, wanted: str) -> int:
    """How far a path is from what was typed; 0 is nearest."""
    name = path.rpartition("/")[2]
    tests = (name.startswith(wanted), wanted in name, path.startswith(wanted), wanted in path)
    return next((place for place, holds in enumerate(tests) if holds), len(tests))
