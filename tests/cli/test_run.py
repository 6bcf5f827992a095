"""`run`: its exit codes, and the one line with a fix that each failure prints."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentcli.journal.store import Journal
from tests.cli.conftest import Desk, Said
from tests.support.scripted_server import Fault, ScriptedServer, Turn
from tests.workspace.conftest import run_git

WRITES = Turn("x", [("write", {"path": "b.py", "content": "b = 2\n"})])
FINISHES = Turn("x", [("finish", {"status": "done", "summary": "wrote b.py"})])


def run(desk: Desk, server: ScriptedServer, *flags: str) -> Said:
    place = ("--model", "openai/scripted", "--api-base", server.base, "--reply-format", "native")
    return desk.type("run", "write b.py", *place, "--sandbox", "host", *flags)


def fails_with_one_line(said: Said, code: int) -> str:
    """What the one line says. There is no traceback and nothing on standard output."""
    assert said.code == code, said
    assert "Traceback" not in said.err + said.out
    lines = [line for line in said.err.splitlines() if line.startswith("agentcli: ")]
    assert len(lines) == 1, said
    assert said.out == ""
    return lines[0]


def test_a_failing_test_command_is_1(desk: Desk) -> None:
    gives_up = Turn("x", [("finish", {"status": "failed", "summary": "too hard"})])
    with ScriptedServer([WRITES, gives_up]) as server:
        said = run(desk, server, "--test", "echo it broke >&2; false", "-o", "json")
    assert said.code == said.json["exit_code"] == 1
    assert said.json["status"] == "not_verified"
    assert "it broke" in said.json["verified"]["check"]["output"]
    assert desk.git("show", f"{said.json['branch']}:b.py") == "b = 2"


def test_without_a_test_command_an_honest_failure_is_1(desk: Desk) -> None:
    with ScriptedServer([Turn("x", [("finish", {"status": "failed", "summary": "no"})])]) as server:
        said = run(desk, server, "-o", "json")
    assert (said.code, said.json["status"]) == (1, "failed")


@pytest.mark.parametrize(
    ("flags", "limit", "latency"),
    [
        (("--max-steps", "1"), "max_steps", 0.0),
        (("--max-tokens", "100"), "max_tokens", 0.0),
        (("--max-time", "1"), "max_time", 20.0),
    ],
)
def test_each_limit_is_4_and_what_was_done_is_kept(
    desk: Desk, flags: tuple[str, str], limit: str, latency: float
) -> None:
    slow = Turn("x", [("bash", {"command": "true"})], latency=latency)
    with ScriptedServer([WRITES, slow, FINISHES]) as server:
        said = run(desk, server, *flags, "-o", "json")
    assert said.code == said.json["exit_code"] == 4
    assert said.json["status"] == "limit"
    assert limit in said.json["reason"]
    assert f"--{limit.replace('_', '-')}" in said.json["reason"]
    assert desk.git("show", f"{said.json['branch']}:b.py") == "b = 2"
    assert "Traceback" not in said.err


def test_a_refused_connection_is_3(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCLI_MODEL_RETRIES", "0")
    with ScriptedServer([]) as server:
        pass  # nobody listens there now
    said = run(desk, server)
    assert said.code == 3
    assert server.base.removesuffix("/v1") in said.out + said.err
    assert "Traceback" not in said.out + said.err


@pytest.mark.parametrize("status", [401, 404])
def test_a_refused_key_and_an_unknown_model_are_3(desk: Desk, status: int) -> None:
    with ScriptedServer([Fault(status=status, message="not you")]) as server:
        said = run(desk, server, "-o", "json")
        assert len(server.chats) == 1  # it can't heal, so it is not tried again
    assert said.code == said.json["exit_code"] == 3
    assert said.json["status"] == "infra"
    assert ("key" if status == 401 else "model") in said.json["reason"].lower()
    assert "\n" not in said.json["reason"]
    assert "Traceback" not in said.err


def test_a_failed_start_leaves_no_run(desk: Desk) -> None:
    with ScriptedServer([]) as server:
        line = fails_with_one_line(run(desk, server, "--mode", "nonesuch"), 2)
    assert "recursive" in line
    assert "solo" in line
    with Journal() as journal:
        assert list(journal.run_ids()) == []
    assert not list((desk.state / "runs").glob("*"))


def test_an_empty_task_is_2(desk: Desk) -> None:
    assert "agentcli run" in fails_with_one_line(desk.type("run", "  "), 2)
    assert "once" in fails_with_one_line(desk.type("run"), 2)


def test_an_unknown_setting_is_2_and_names_the_nearest(desk: Desk) -> None:
    (desk.repo / ".agentcli.toml").write_text("max_stepz = 3\n")
    line = fails_with_one_line(desk.type("run", "x"), 2)
    assert "`max_stepz`" in line
    assert "`max_steps`" in line


def test_a_value_that_does_not_fit_is_2(desk: Desk) -> None:
    assert "max_steps" in fails_with_one_line(desk.type("run", "x", "--max-steps", "-1"), 2)


def _no_repository(desk: Desk) -> Path:
    place = desk.repo.parent / "plain"
    place.mkdir()
    return place


def _empty_repository(desk: Desk) -> Path:
    place = desk.repo.parent / "empty"
    run_git(desk.repo.parent, "init", "-q", str(place))
    return place


def _merge_in_progress(desk: Desk) -> Path:
    desk.git("checkout", "-q", "-b", "other")
    (desk.repo / "a.py").write_text("theirs\n")
    desk.git("commit", "-qam", "theirs")
    desk.git("checkout", "-q", "main")
    (desk.repo / "a.py").write_text("ours\n")
    desk.git("commit", "-qam", "ours")
    subprocess.run(["git", "merge", "-q", "other"], cwd=desk.repo, capture_output=True)
    assert (desk.repo / ".git/MERGE_HEAD").exists()
    return desk.repo


@pytest.mark.parametrize(
    ("place", "fix"),
    [
        (_no_repository, "git init"),
        (_empty_repository, "Add a file"),
        (_merge_in_progress, "merge"),
    ],
)
def test_a_repository_that_can_not_be_worked_on_is_2(
    desk: Desk, place: Callable[[Desk], Path], fix: str
) -> None:
    with ScriptedServer([]) as server:
        line = fails_with_one_line(run(desk, server, "--repo", str(place(desk))), 2)
        assert server.chats == []
    assert fix in line
    assert not list((desk.state / "runs").glob("*"))


def test_no_model_is_2_or_3_with_the_way_to_choose_one(desk: Desk) -> None:
    said = desk.type("run", "x", "--sandbox", "host")
    assert "--model" in fails_with_one_line(said, said.code)
    assert said.code in (2, 3)


def test_a_task_comes_from_a_file_or_from_standard_input(desk: Desk) -> None:
    file = desk.repo.parent / "task"
    file.write_text("write b.py\n")
    with ScriptedServer([WRITES, FINISHES] * 2) as server:
        flags = ["--model", "openai/scripted", "--api-base", server.base, "--sandbox", "host"]
        flags += ["--reply-format", "native", "-o", "json"]
        assert desk.type("run", "--task-file", str(file), *flags).json["task"] == "write b.py\n"
        piped = subprocess.run(
            [sys.executable, "-m", "agentcli", "run", "-", *flags],
            input="write b.py",
            capture_output=True,
            text=True,
        )
    assert piped.returncode == 0, piped.stderr
    assert '"task": "write b.py"' in piped.stdout
    assert "Warning" not in piped.stderr
