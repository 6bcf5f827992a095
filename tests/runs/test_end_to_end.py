"""One run, from the command to the branch."""

import subprocess

import pytest

from agentcli.journal.events import Event, RunEnded, SandboxOpened
from agentcli.journal.store import Journal
from tests.runs.conftest import Opened, bodies
from tests.runs.scripts import bash, by_goal, finish, write

TASK = "write b.py"
SCRIPT = by_goal({TASK: [write("b.py", "b = 2\n"), bash("echo c > c.txt"), finish("wrote b")]})


@pytest.mark.parametrize("sandbox", ["host", pytest.param("docker", marks=pytest.mark.docker)])
def test_a_run_ends_as_a_verified_branch(office: Opened, sandbox: str) -> None:
    with office(SCRIPT) as it:
        said = it.run(TASK, "--test", "test -f b.py", "--sandbox", sandbox, "-o", "json")
        assert said.code == 0, said.err
        assert said.json["status"] == "verified"
        assert said.json["sandbox"] == sandbox
        assert len(it.server.chats) == 3
        assert it.tree(said) == {"a.py": "a = 1", "b.py": "b = 2", "c.txt": "c"}
        trailers = it.desk.git("log", "-1", "--format=%(trailers)", said.json["branch"])
    assert f"Agentcli-Run: {said.json['run']}" in trailers
    assert "Agentcli-Agent: 1" in trailers
    assert said.json["branch"] == f"agentcli/{said.json['run']}"


@pytest.mark.docker
def test_containers_are_gone_after_a_run(office: Opened) -> None:
    with office(by_goal({TASK: [bash("hostname"), write("b.py", "b\n"), finish()]})) as it:
        said = it.run(TASK, "--sandbox", "docker", "-o", "json")
    assert [one.backend for one in bodies(SandboxOpened)] == ["docker"]
    running = subprocess.run(
        ["docker", "ps", "-a", "--format", "{{.Names}} {{.Labels}}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.json["run"] not in running


def test_json_output_is_one_object_and_nothing_else(office: Opened) -> None:
    with office(SCRIPT) as it:
        said = it.run(TASK, "-o", "json")
    assert len(said.out.splitlines()) == 1
    assert said.json["exit_code"] == said.code == 0
    assert said.json["steps"] == 3
    assert said.json["tokens"]["total"] == 3 * 120


def test_stream_json_is_the_journal_line_by_line(office: Opened) -> None:
    with office(SCRIPT) as it:
        said = it.run(TASK, "-o", "stream-json")
    streamed = [Event.from_json(line) for line in said.out.splitlines()]
    assert [event.seq for event in streamed] == list(range(1, len(streamed) + 1))
    assert isinstance(streamed[-1].body, RunEnded)
    with Journal() as journal:
        assert streamed == list(journal.events(streamed[0].run_id))


def test_the_persons_work_is_seen_and_left_alone(office: Opened) -> None:
    with office(by_goal({TASK: [bash("cat a.py new.txt > both"), finish()]})) as it:
        desk = it.desk
        (desk.repo / "a.py").write_text("stashed\n")
        desk.git("stash")
        (desk.repo / "a.py").write_text("staged\n")
        desk.git("add", "a.py")
        (desk.repo / "a.py").write_text("uncommitted\n")
        (desk.repo / "new.txt").write_text("untracked\n")

        looks = ("status --porcelain=v2", "diff --cached", "stash list", "symbolic-ref HEAD")

        def state() -> list[str]:
            return [desk.git(*look.split()) for look in looks]

        before, files, refs = state(), desk.files(), set(desk.git("for-each-ref").splitlines())
        said = it.run(TASK, "-o", "json")
        assert said.code == 0, said.err
        assert (state(), desk.files()) == (before, files)
        (new,) = set(desk.git("for-each-ref").splitlines()) ^ refs
        assert new.endswith(f"refs/heads/{said.json['branch']}")
        assert desk.git("show", f"{said.json['branch']}:both") == "uncommitted\nuntracked"
        assert desk.git("show", "HEAD:a.py") == "a = 1"


def test_keys_of_providers_do_not_reach_commands(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    with office(by_goal({TASK: [bash("env > seen"), finish()]})) as it:
        said = it.run(TASK, "-o", "json")
        assert "PATH=" in it.tree(said)["seen"]
        assert "sk-test" not in it.tree(said)["seen"]
        assert "Bearer sk-test" in it.server.chats[0].headers["authorization"]
