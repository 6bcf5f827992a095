"""A person's home and repository in a temporary directory, and real runs made in them."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentcli.cli.main import run_cli
from tests.support.scripted_server import ScriptedServer, Turn
from tests.workspace.conftest import run_git

Output = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """A person at a terminal, in their repository (which holds a.py)."""

    repo: Path
    state: Path
    capture: Output

    def type(self, *arguments: str) -> Said:
        """Call agentcli as a person does."""
        self.capture.readouterr()
        code = run_cli(arguments)
        said = self.capture.readouterr()
        return Said(code, said.out, said.err)

    def git(self, *arguments: str) -> str:
        return run_git(self.repo, *arguments).decode().strip()

    def files(self) -> dict[str, str]:
        return {p.name: p.read_text() for p in self.repo.iterdir() if p.is_file()}

    def run(self, *turns: Turn) -> str:
        """A real run of the model that says these turns; returns its id."""
        with ScriptedServer(turns) as server:
            place = ("--api-base", server.base, "--model", "scripted", "--sandbox", "host")
            said = self.type("run", "write b.py", "--mode", "solo", *place, "-o", "json")
        assert said.out, said.err
        return str(said.json["run"])


WRITES_B = (
    Turn("x", [("write", {"path": "b.py", "content": "b = 2\n"})]),
    Turn("x", [("edit", {"path": "a.py", "old": "a = 1", "new": "a = 3"})]),
    Turn("x", [("finish", {"status": "done", "summary": "wrote b.py"})]),
)
CHANGES_NOTHING = (Turn("x", [("finish", {"status": "done", "summary": "nothing to do"})]),)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> Desk:
    for name in list(os.environ):
        if name.endswith("_API_KEY") or name.startswith("AGENTCLI_"):
            monkeypatch.delenv(name)
    for kind in ("state", "cache", "config"):
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(tmp_path / kind))
    personal = tmp_path / "gitconfig"
    personal.write_text(
        "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(personal))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    repo = tmp_path / "repo"
    repo.mkdir()
    run_git(repo, "init", "-q", GIT_CONFIG_GLOBAL=str(personal))
    (repo / "a.py").write_text("a = 1\n")
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-q", "-m", "start", GIT_CONFIG_GLOBAL=str(personal))
    monkeypatch.chdir(repo)
    return Desk(repo, tmp_path / "state" / "agentcli", capsys)


@pytest.fixture
def done(desk: Desk) -> str:
    """The id of a run that wrote b.py and changed a.py."""
    return desk.run(*WRITES_B)
