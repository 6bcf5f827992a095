"""Somebody who carries out studies: task files, a scripted model, and processes that may die."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk, Said
from tests.cli.conftest import desk as desk
from tests.runs.scripts import Script, by_goal, finish, write
from tests.support.scripted_server import Answer, ScriptedServer

TASK = """\
id: {id}
prompt: Write {id}.txt.
start: {{files: {{a.py: "a = 1"}}}}
verify: test -e {id}.txt
"""


@dataclass(frozen=True)
class Lab:
    """A desk, a folder of tasks, and one scripted server for all that is asked."""

    desk: Desk
    tasks: Path
    server: ScriptedServer

    def type(self, command: str, *flags: str) -> Said:
        """`batch` or `compare` of all tasks, in this process."""
        return self.desk.type(*self.arguments(command, *flags))

    def start(self, command: str, *flags: str, by: Sequence[str] = ()) -> subprocess.Popen[str]:
        """The same in a process of its own; `by` is a module to run it by, with its arguments."""
        arguments = [sys.executable, "-m", *(by or ("agentcli",))]
        return subprocess.Popen(
            [*arguments, *self.arguments(command, *flags)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def arguments(self, command: str, *flags: str) -> list[str]:
        place = ("--api-base", self.server.base, "--model", "openai/scripted")
        fixed = ("--reply-format", "native", "--sandbox", "host", "-o", "json")
        mode = () if command == "compare" else ("--mode", "solo")
        return [command, str(self.tasks), *place, *fixed, *mode, *flags]

    def first_requests(self) -> list[str]:
        """The tasks that were begun, by what was asked first in each run."""
        asked = [chat.body["messages"] for chat in self.server.chats]
        begun = [m for m in asked if not any(one["role"] == "assistant" for one in m)]
        return [next(str(one["content"]) for one in m if one["role"] == "user") for m in begun]


def writes(name: str) -> list[Answer]:
    """A model that does the task of that name, in two steps."""
    return [write(f"{name}.txt", "x\n"), finish("done")]


def does(*names: str) -> Script:
    """A model that does these tasks and knows no other."""
    return by_goal({f"Write {name}.txt": writes(name) for name in names})


def results(said: Said) -> list[tuple[Any, ...]]:
    """What must not depend on how often a study was stopped."""
    kept = ("trial", "arm", "task", "seed", "score", "status", "attempts", "steps", "agents")
    counts = ("input_tokens", "output_tokens", "cost")
    return [tuple(one[key] for key in (*kept, *counts)) for one in json.loads(said.out)["trials"]]


Opened = Callable[..., AbstractContextManager[Lab]]


@pytest.fixture
def lab(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """`with lab(script, "one", "two") as it:` with tasks of these names."""
    monkeypatch.setenv("AGENTCLI_MODEL_RETRIES", "0")

    @contextmanager
    def opened(script: Script, *names: str, task: str = TASK) -> Iterator[Lab]:
        folder = tmp_path / "tasks"
        folder.mkdir()
        for name in names:
            (folder / f"{name}.yaml").write_text(task.format(id=name))
        with ScriptedServer(script) as server:
            yield Lab(desk, folder, server)

    return opened
