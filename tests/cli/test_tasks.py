"""`tasks`: what there is, whether it is fit, and new ones from a person's own code."""

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Desk

TASK = """\
id: {id}
tags: [{id}, small]
prompt: Write b.txt.
start: {{files: {{a.txt: "x"}}}}
verify: {verify}
reference: {{files: {{b.txt: "y"}}}}
"""


@pytest.fixture
def tasks(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AGENTCLI_SANDBOX", "host")
    folder = tmp_path / "tasks"
    folder.mkdir()
    for name, verify in (("good", "test -e b.txt"), ("idle", "test -e a.txt")):
        (folder / f"{name}.yaml").write_text(TASK.format(id=name, verify=verify))
    return folder


def test_list_shows_ids_and_tags(desk: Desk, tasks: Path) -> None:
    said = desk.type("tasks", "list", str(tasks))
    assert said.code == 0
    assert said.out.splitlines() == ["good  good small", "idle  idle small", "2 tasks"]
    (one,) = desk.type("tasks", "list", str(tasks), "--only", "i*", "--json").json
    assert (one["id"], one["verify"]) == ("idle", "test -e a.txt")


def test_check_proves_what_is_fit(desk: Desk, tasks: Path) -> None:
    said = desk.type("tasks", "check", str(tasks), "--tag", "good")
    assert said.code == 0
    assert "✓ fit" in said.out and "0/2 → 2/2" in said.out
    assert said.out.splitlines()[-1] == "1 task: 1 fit"


def test_one_unfit_task_is_exit_code_1_and_named(desk: Desk, tasks: Path) -> None:
    said = desk.type("tasks", "check", str(tasks), "--repeat", "1", "--jobs", "2", "--json")
    assert said.code == 1
    assert said.json["counts"] == {"fit": 1, "passes before": 1}
    assert [(t["task"], t["before"], t["after"]) for t in said.json["tasks"]] == [
        ("good", [False], [True]),
        ("idle", [True], [True]),
    ]
    assert "passes before" in said.err  # progress, away from the JSON


def test_a_sandbox_that_fails_is_exit_code_3(desk: Desk, tasks: Path) -> None:
    (tasks / "idle.yaml").write_text(TASK.format(id="idle", verify="ls") + "setup: exit 1\n")
    said = desk.type("tasks", "check", str(tasks), "--repeat", "1")
    assert said.code == 3
    assert "infra" in said.out and "set-up command failed" in said.out


def test_what_can_not_be_read_is_exit_code_2(desk: Desk, tasks: Path) -> None:
    (tasks / "good.yaml").write_text("id: x\nprompts: y\n")
    said = desk.type("tasks", "check", str(tasks))
    assert said.code == 2
    assert "good.yaml, task 'x': unknown key `prompts`. Did you mean `prompt`?" in said.err


def test_mutants_are_a_task_file_that_checks(desk: Desk, tasks: Path, tmp_path: Path) -> None:
    desk.repo.joinpath("test_a.py").write_text("import a\nassert a.a == 1\n")
    desk.git("add", "-A")
    desk.git("commit", "-q", "-m", "tests")
    test = f"{sys.executable} test_a.py"
    said = desk.type("tasks", "mutants", str(desk.repo), "--test", test, "-n", "1")
    assert said.code == 0 and "1 of 1" in said.err
    (tmp_path / "mutants.yaml").write_text(said.out)
    assert desk.type("tasks", "check", str(tmp_path / "mutants.yaml")).code == 0
    assert desk.type("tasks", "mutants", str(desk.repo), "--test", test, "-n", "2").code == 1
