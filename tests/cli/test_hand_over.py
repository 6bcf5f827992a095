"""`apply`, `undo` and `rm`: what they do, what they refuse, and what a crash leaves."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agentcli.journal.folds import fold
from agentcli.journal.store import Journal
from agentcli.runs.places import run_dir, run_lock
from agentcli.workspace.apply import apply, pending
from agentcli.workspace.store import RunStore
from tests.cli.conftest import CHANGES_NOTHING, WRITES_B, Desk

BEFORE = {"a.py": "a = 1\n"}
AFTER = {"a.py": "a = 3\n", "b.py": "b = 2\n"}


def test_apply_brings_the_result_and_undo_takes_it_back(desk: Desk, done: str) -> None:
    said = desk.type("apply", "last")
    assert said.code == 0
    assert desk.files() == AFTER
    assert f"agentcli undo {done}" in said.out
    assert desk.type("runs", "--json").json[0]["applied"]

    assert desk.type("undo", "last").code == 0
    assert desk.files() == BEFORE
    assert not desk.type("runs", "--json").json[0]["applied"]
    assert desk.git("status", "--porcelain") == ""


def test_apply_and_undo_speak_json(desk: Desk, done: str) -> None:
    applied = desk.type("apply", done, "--json").json
    assert [change["path"] for change in applied["changes"]] == ["a.py", "b.py"]
    assert sorted(desk.type("undo", done, "--json").json["paths"]) == ["a.py", "b.py"]


def test_another_repositorys_run_names_the_place_it_is_applied_to(
    desk: Desk, done: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"in {desk.repo}:" in desk.type("apply", done).out
    assert f"in {desk.repo}:" in desk.type("undo", done).out


def test_a_wrong_name_removes_nothing(desk: Desk, done: str) -> None:
    said = desk.type("rm", done, "nope")
    assert (said.code, "Nothing was removed." in said.err) == (2, True)
    assert desk.type("runs", "--json").json[0]["run"] == done


def test_what_was_undone_can_be_applied_again(desk: Desk, done: str) -> None:
    for _ in range(2):
        assert desk.type("apply", done).code == 0
        assert desk.files() == AFTER
        assert desk.type("undo", done).code == 0
        assert desk.files() == BEFORE


def test_applying_twice_is_refused(desk: Desk, done: str) -> None:
    desk.type("apply", done)
    said = desk.type("apply", done)
    assert said.code == 2
    assert "is applied already" in said.err


def test_undoing_what_was_not_applied_is_refused(desk: Desk, done: str) -> None:
    said = desk.type("undo", done)
    assert said.code == 2
    assert "is not applied" in said.err


def test_a_run_that_changed_nothing_has_nothing_to_apply(desk: Desk) -> None:
    run = desk.run(*CHANGES_NOTHING)
    said = desk.type("apply", run)
    assert said.code == 2
    assert "has changed nothing" in said.err


def test_own_edits_since_then_stop_undo_unless_forced(desk: Desk, done: str) -> None:
    desk.type("apply", done)
    (desk.repo / "b.py").write_text("mine\n")
    said = desk.type("undo", done)
    assert said.code == 2
    assert "b.py" in said.err
    assert (desk.repo / "b.py").read_text() == "mine\n"
    assert desk.type("undo", done, "--force").code == 0
    assert desk.files() == BEFORE


def test_a_kill_in_the_middle_of_apply_is_undone(desk: Desk, tmp_path: Path) -> None:
    (desk.repo / ".gitattributes").write_text("b.py filter=deadly\n")
    run = desk.run(*WRITES_B)
    before = desk.files()
    # Git runs this while agentcli waits for it; the run's lock holds agentcli's process id.
    desk.git("config", "filter.deadly.smudge", f"kill -9 $(cat '{run_dir(run)}/lock'); cat")
    died = subprocess.run([sys.executable, "-m", "agentcli", "apply", run], capture_output=True)
    assert died.returncode == -signal.SIGKILL
    assert pending(RunStore.open(run_dir(run)))

    assert "agentcli undo" in desk.type("apply", run).err
    assert "agentcli undo" in desk.type("rm", run).err
    assert desk.type("undo", run).code == 0
    assert desk.files() == before
    desk.git("config", "--unset", "filter.deadly.smudge")
    assert desk.type("apply", run).code == 0
    assert desk.type("undo", run).code == 0
    assert desk.files() == before


def test_an_application_that_was_not_recorded_can_be_undone(desk: Desk, done: str) -> None:
    with Journal() as journal:
        view = fold(done, journal.events(done))
    assert view.started and view.landed
    # All that `apply` does up to the moment at which it would write its record.
    store = RunStore.open(run_dir(done))
    apply(store, desk.repo, view.started.base_tree, view.landed.commit)
    assert desk.files() == AFTER

    assert "is applied already" in desk.type("apply", done).err
    assert desk.type("undo", done).code == 0
    assert desk.files() == BEFORE


def test_rm_leaves_nothing_of_a_run(desk: Desk, done: str) -> None:
    other = desk.run(*CHANGES_NOTHING)
    assert desk.type("rm", done, other).code == 0
    assert desk.type("runs", "--json").json == []
    assert desk.git("branch", "--list", "agentcli/*") == ""
    assert list((desk.state / "runs").iterdir()) == []


def test_rm_keeps_a_branch_that_holds_commits_of_your_own(desk: Desk, done: str) -> None:
    desk.git("checkout", "-q", f"agentcli/{done}")
    desk.git("commit", "-q", "--allow-empty", "-m", "mine")
    desk.git("checkout", "-q", "main")
    said = desk.type("rm", done)
    assert said.code == 0
    assert "not the run's" in said.out
    assert desk.git("log", "-1", "--format=%s", f"agentcli/{done}") == "mine"
    assert not run_dir(done).exists()


def test_rm_refuses_a_run_at_work_and_a_wrong_name_removes_nothing(desk: Desk, done: str) -> None:
    with run_lock(done):
        said = desk.type("rm", done)
    assert said.code == 2
    assert "is at work" in said.err
    assert desk.type("rm", done, "nope").code == 2
    assert desk.type("show", done).code == 0


@pytest.mark.parametrize("lost", ["files", "repository"])
def test_rm_goes_on_after_a_crash_or_a_loss(desk: Desk, done: str, lost: str) -> None:
    place = run_dir(done) if lost == "files" else desk.repo
    place.rename(place.with_name("gone"))
    assert desk.type("rm", done).code == 0
    assert desk.type("runs", "--json").json == []


def test_apply_without_the_repository_says_so(desk: Desk, done: str) -> None:
    desk.repo.rename(desk.repo.with_name("moved"))
    said = desk.type("apply", done)
    assert said.code == 2
    assert "is gone. Move it back there." in said.err
