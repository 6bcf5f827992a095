"""The program in a real terminal: tmux types and reads the screen as a person would."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentcli.journal.folds import fold
from agentcli.journal.store import Journal
from tests.cli.conftest import WRITES_B, Desk
from tests.runs.scripts import finish, write
from tests.support.scripted_server import Answer, ScriptedServer
from tests.tui.conftest import serve

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@dataclass(frozen=True)
class Terminal:
    """One tmux server of the test's own, 100x30, in which agentcli runs."""

    socket: str

    def tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", self.socket, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def type(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def see(self, words: str, seconds: float = 30) -> str:
        """The screen, as soon as these words stand on it."""
        end = time.monotonic() + seconds
        while words not in (screen := self.tmux("capture-pane", "-p")):
            assert time.monotonic() < end, f"no {words!r} on:\n{screen}"
            time.sleep(0.05)
        return screen

    @property
    def process(self) -> int:
        return int(self.tmux("display-message", "-p", "#{pane_pid}"))


@contextmanager
def terminal(desk: Desk, patch: pytest.MonkeyPatch, turns: Sequence[Answer]) -> Iterator[Terminal]:
    """The application in the desk's repository, once it is ready; its model says these turns."""
    with ScriptedServer(turns) as server:
        serve(patch, server)
        it = Terminal(str(desk.repo.parent / "tmux"))
        program = f"{sys.executable} -m agentcli"
        it.tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", program)
        try:
            it.see("solo")  # the settings are read
            yield it
        finally:
            kill = ["tmux", "-S", it.socket, "kill-server"]
            subprocess.run(kill, capture_output=True, check=False)


def test_a_task_is_typed_watched_looked_at_and_applied(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with terminal(desk, monkeypatch, WRITES_B) as it:
        process = it.process
        it.type("write b.py", "Enter")
        it.see("a applies")
        it.type("d")
        it.see("+b = 2")
        it.type("a")
        it.see("Applied 2 files")
        assert desk.files() == {"a.py": "a = 3\n", "b.py": "b = 2\n"}
        it.type("Escape")
        it.see("recent runs")
        it.type("C-q")
        _ends(process)


@pytest.mark.parametrize("how", ["terminal killed", "hung up"])
def test_without_its_terminal_it_lands_what_stands_and_ends(
    how: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = [write("b.py", "b = 2\n"), finish(latency=60)]
    with terminal(desk, monkeypatch, turns) as it:
        process = it.process
        it.type("write b.py", "Enter")
        it.see("write b.py  +1")
        if how == "hung up":
            os.kill(process, signal.SIGHUP)
        else:
            it.tmux("kill-server")
        _ends(process)
    with Journal() as journal:
        run_id = journal.find_run("last")
        view = fold(run_id, journal.events(run_id))
    assert (view.status, view.landed is not None) == ("interrupted", True)


def _ends(process: int, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < end, "it lives on"
        time.sleep(0.05)
