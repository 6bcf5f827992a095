"""The program in a real terminal: tmux types and reads the screen as a person would."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.cli.conftest import WRITES_B, Desk
from tests.support.scripted_server import ScriptedServer
from tests.tui.conftest import serve

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@dataclass(frozen=True)
class Terminal:
    """One tmux server of the test's own, 100x30."""

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


@pytest.fixture
def terminal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    with ScriptedServer(WRITES_B) as server:
        serve(monkeypatch, server)
        it = Terminal(str(desk.repo.parent / "tmux"))
        program = f"{sys.executable} -m agentcli"
        it.tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", program)
        try:
            yield it
        finally:
            subprocess.run(["tmux", "-S", it.socket, "kill-server"], check=False)


def test_a_task_is_typed_watched_looked_at_and_applied(terminal: Terminal, desk: Desk) -> None:
    terminal.see("solo")  # the settings are read
    terminal.type("write b.py", "Enter")
    terminal.see("a applies")
    terminal.type("d")
    terminal.see("+b = 2")
    terminal.type("a")
    terminal.see("Applied 2 files")
    assert desk.files() == {"a.py": "a = 3\n", "b.py": "b = 2\n"}
    terminal.type("Escape")
    terminal.see("recent runs")
    terminal.type("C-q")
    end = time.monotonic() + 10
    while _alive(terminal):
        assert time.monotonic() < end
        time.sleep(0.05)


def _alive(terminal: Terminal) -> bool:
    command = ["tmux", "-S", terminal.socket, "has-session"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
