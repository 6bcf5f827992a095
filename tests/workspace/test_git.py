"""The one door to git: faults are one line, nothing hangs, and no variable leaks in."""

import os
import time
from pathlib import Path

import pytest

from agentcli.errors import InfraFault, RepositoryFault
from agentcli.workspace.git import quoted, shown, store_git, working_git
from tests.workspace.conftest import Person


def test_a_failure_is_one_line_of_the_right_kind(person: Person, tmp_path: Path) -> None:
    with pytest.raises(RepositoryFault) as caught:
        working_git(person.root).run("rev-parse", "--verify", "nowhere")
    assert str(caught.value) == "git rev-parse failed: fatal: Needed a single revision"
    with pytest.raises(InfraFault):
        store_git(tmp_path).run("rev-parse", "HEAD")


def test_a_git_that_hangs_is_ended(person: Person) -> None:
    person.git("config", "alias.hang", "!sleep 60")
    begun = time.monotonic()
    reply = working_git(person.root).ask("hang", timeout=0.3)
    assert time.monotonic() - begun < 10
    assert reply.code != 0
    assert reply.reason == "fatal: no answer within 0.3 s"


def test_only_the_persons_own_settings_get_through(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("[alias]\n env = !env\n[demo]\n key = theirs\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'demo.key=leaked'")
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    git = working_git(person.root)
    assert git.text("config", "demo.key") == "theirs"
    seen = dict(line.split("=", 1) for line in git.text("env").splitlines() if "=" in line)
    assert "GIT_SSH_COMMAND" not in seen
    assert seen["GIT_TERMINAL_PROMPT"] == "0"
    assert os.environ["GIT_SSH_COMMAND"] == "false"
    assert store_git(person.root / ".git").ask("config", "demo.key").code == 1


def test_paths_are_quoted_for_git_and_shown_to_people() -> None:
    assert quoted(b"plain \xff") == b"plain \xff"
    assert quoted(b'"a\n\\') == b'"\\042a\\012\\134"'
    assert shown(b"\xc3\xbc\xff") == "ü\\xff"
