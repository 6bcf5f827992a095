"""A person's repository with uncommitted work, and agentcli as a process or in this one."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentcli.journal.events import Event
from agentcli.journal.store import Journal
from tests.support.scripted_server import ScriptedServer
from tests.workspace.conftest import run_git

TEST = "python3 -m unittest -q"
_CALC = "def add(a, b):\n    return a - b\n"
_TESTS = """\
import unittest
from calc import add

class T(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(2, 3), 5)
"""


@dataclass(frozen=True)
class Person:
    """Someone in a repository, typing commands."""

    repo: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "agentcli", *arguments]

    def type(self, *arguments: str, timeout: float = 100) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.repo,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.repo,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, server: ScriptedServer, *arguments: str, sandbox: str = "host") -> Any:
        said = self.type(*task(server, *arguments, sandbox=sandbox), "-o", "json")
        assert said.stdout, said.stderr
        return json.loads(said.stdout)

    def events(self, run_id: str) -> list[Event]:
        path = Path(self.environment["XDG_STATE_HOME"]) / "agentcli" / "journal.db"
        with Journal(path) as journal:
            return list(journal.events(journal.find_run(run_id)))

    def git(self, *arguments: str) -> str:
        return run_git(self.repo, *arguments).decode()

    def everything(self) -> dict[str, Any]:
        """All of the person's that a run must not touch."""
        files = {p.name: p.read_bytes() for p in self.repo.iterdir() if p.is_file()}
        all_refs = self.git("for-each-ref").splitlines()
        refs = [ref for ref in all_refs if "\trefs/heads/agentcli/" not in ref]
        return {"files": files, "refs": refs, "status": self.git("status", "--porcelain=v2")}


def task(server: ScriptedServer, *arguments: str, sandbox: str = "host") -> tuple[str, ...]:
    """The command line of a task for a scripted model."""
    place = ("--model", "openai/scripted", "--api-base", server.base, "--reply-format", "native")
    return ("run", "Mend add", "--test", TEST, *place, "--sandbox", sandbox, *arguments)


@pytest.fixture
def person(tmp_path: Path, xdg: dict[str, Path]) -> Person:
    repo = tmp_path / "repo"
    repo.mkdir()
    run_git(repo, "init", "-q")
    (repo / "calc.py").write_text(_CALC)
    (repo / "test_calc.py").write_text(_TESTS)
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-q", "-m", "start")
    (repo / "test_calc.py").write_text(_TESTS + "\n# not committed\n")
    (repo / "notes.txt").write_text("not tracked\n")
    return Person(repo, dict(os.environ))
