"""A task divided in lines: `path: what to write`, as small models can say it."""

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from agentcli.filenames import is_test_file
from agentcli.journal.events import Brief
from agentcli.models.formats.fences import scan
from agentcli.models.formats.paths import nearest
from agentcli.prompting import render

_ITEM = re.compile(
    r"^[ \t]*(?:[-*]|\d+[.)])?[ \t]*[`*\"']*(?P<path>(?:[\w.@+-]+/)*[\w@+-]+\.[A-Za-z]\w{0,7})"
    r"[`*\"']*[ \t]*(?::|->|–|—| - )[`*]*[ \t]*(?P<goal>.*)$"
)
_RUNNERS = ("pytest", "unittest")


@dataclass(frozen=True)
class Part:
    """What is to be done in one file. `facts` is the code that the model wrote to go with it."""

    path: str
    goal: str
    facts: str = ""

    def brief(self, whole: Brief | None, known: Sequence[str]) -> dict[str, object]:
        """The arguments of a brief for this part of the whole.

        The facts quote the whole, since what a small model says in a line is often half of it;
        the check is the whole's, narrowed to this file.
        """
        check = check_beside(whole.check, self.path, known) if whole and whole.check else None
        context = render("formats/part_of.j2", task=whole.goal) if whole else ""
        facts = "\n\n".join(filter(None, (context, self.facts)))
        values = {"goal": self.goal, "paths": [self.path], "facts": facts, "check": check}
        return {key: value for key, value in values.items() if value}


def parts_in(text: str, known: Sequence[str]) -> list[Part]:
    """The parts that a reply names, one for each file, in its order.

    Lines for tests that are there already are left out: those are what the work is held against.
    """
    said: dict[str, list[str]] = {}
    path = ""
    for line in text.splitlines():
        if found := _ITEM.match(line):
            path = nearest(found["path"], known)
            line = found["goal"]
        if path:
            said.setdefault(path, []).append(line)
    parts = [_part(path, "\n".join(lines)) for path, lines in said.items()]
    return [part for part in parts if not (is_test_file(part.path) and part.path in known)]


def check_beside(command: str, path: str, known: Iterable[str]) -> str | None:
    """A test command narrowed to the file's own tests (`test_<name>.py`); None if that can't be
    known: another runner, a command that names its tests already, or no such file."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    at = next((number for number, word in enumerate(words) if word in _RUNNERS), None)
    if at is None or any(not word.startswith("-") for word in words[at + 1 :]):
        return None
    if not (at == 0 or (at == 2 and words[1] == "-m")):
        return None
    wanted = f"test_{PurePosixPath(path).stem}.py"
    tests = [each for each in known if PurePosixPath(each).name == wanted]
    return f"{command} {shlex.quote(tests[0])}" if len(tests) == 1 else None


def is_held_against(path: str, brief: Brief | None) -> bool:
    """Whether a file is a test that the work is held against, not a part of the work."""
    if brief is not None and (path in brief.paths or path in brief.goal):
        return False
    return is_test_file(path)


def is_part(line: str) -> bool:
    """Whether a line names a file and what is to be done there."""
    return _ITEM.match(line) is not None


def _part(path: str, text: str) -> Part:
    blocks, tail = scan(text)
    prose = "\n".join([*(block.before for block in blocks), tail]).strip()
    code = "\n".join(block.body.rstrip() for block in blocks).strip()
    return Part(path, render("formats/part.j2", path=path, said=prose), code)
