"""A person at a terminal whose model is a scripted server; everything else is real."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from agentcli.journal.events import Body, Event, RunStarted
from agentcli.journal.store import Journal
from tests.cli.conftest import Desk, Said
from tests.cli.conftest import desk as desk
from tests.runs.scripts import Script
from tests.support.scripted_server import Answer, ScriptedServer


@dataclass(frozen=True)
class Office:
    """A desk, and one scripted server for all that is typed there."""

    desk: Desk
    server: ScriptedServer

    def run(self, task: str, *flags: str) -> Said:
        return self.desk.type("run", task, *self._place(), *flags)

    def again(self, *flags: str) -> Said:
        """`resume last`, in this process."""
        return self.desk.type("resume", "last", "-o", "json", *flags)

    @contextmanager
    def process(self, task: str, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
        """A run in a process of its own, which is surely gone afterwards."""
        process = subprocess.Popen(
            [sys.executable, "-m", "agentcli", "run", task, *self._place(), *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def _place(self) -> tuple[str, ...]:
        model = ("--model", "openai/scripted", "--api-base", self.server.base)
        return (*model, "--reply-format", "native", "--sandbox", "host")

    def tree(self, said: Said) -> dict[str, str]:
        """The files on the branch that a run landed (its JSON output is `said`), by path."""
        branch = said.json["branch"]
        paths = self.desk.git("ls-tree", "-r", "--name-only", branch).splitlines()
        return {path: self.desk.git("show", f"{branch}:{path}") for path in paths}

    def subjects(self, said: Said) -> list[str]:
        """The first lines of the run's commits, oldest first."""
        (begun,) = bodies(RunStarted, said.json["run"])
        span = f"{begun.base_commit}..{said.json['branch']}"
        return self.desk.git("log", "--reverse", "--format=%s", span).splitlines()


Opened = Callable[..., AbstractContextManager[Office]]


@pytest.fixture
def office(desk: Desk) -> Opened:
    """`with office(script) as it: it.run("…")`."""

    @contextmanager
    def opened(script: Script | list[Answer], **more: Any) -> Iterator[Office]:
        with ScriptedServer(script, **more) as server:
            yield Office(desk, server)

    return opened


def events(run: str = "last") -> list[Event]:
    """All events of a run."""
    with Journal() as journal:
        return list(journal.events(journal.find_run(run)))


def bodies(kind: type[Body], run: str = "last") -> list[Any]:
    return [event.body for event in events(run) if isinstance(event.body, kind)]


def labels() -> str:
    """The labels of all of the engine's containers and volumes; ours name their run."""
    found = ""
    for what in (["ps", "-a"], ["volume", "ls"]):
        command = ["docker", *what, "--format", "{{.Labels}}"]
        found += subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return found
