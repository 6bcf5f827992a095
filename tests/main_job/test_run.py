"""The main job: a task is done in a sandbox and handed back; nothing of the person's is lost."""

import subprocess

import pytest

from agentcli.journal.events import Prompted
from tests.main_job.conftest import Person
from tests.support.scripted_server import ScriptedServer, Turn

_EDIT = {"search": "a - b", "replace": "a + b"}
FIX = Turn(calls=[("edit", {"path": "calc.py", "edits": [_EDIT]})])
DONE = Turn(calls=[("finish", {"summary": "add adds now"})])
LOOK = Turn(text="I look.", calls=[("bash", {"command": "true"})])


@pytest.mark.parametrize(
    "sandbox", ["host", pytest.param("docker", marks=pytest.mark.docker), "bubblewrap"]
)
def test_a_task_is_done_and_the_persons_work_is_untouched(person: Person, sandbox: str) -> None:
    before = person.everything()
    with ScriptedServer([LOOK, FIX, DONE]) as server:
        run = person.run(server, sandbox=sandbox)
    assert (run["status"], run["exit_code"], run["sandbox"]) == ("verified", 0, sandbox)
    assert [change["path"] for change in run["changes"]] == ["calc.py"]
    assert person.everything() == before
    log = person.git("log", "--format=%B", run["branch"])
    assert f"Agentcli-Run: {run['run']}" in log and "Agentcli-Role: coder" in log
    left = subprocess.run(
        ["docker", "ps", "-aq", "--filter", f"label=agentcli.run={run['run']}"],
        capture_output=True,
        text=True,
    )
    assert left.stdout == ""


def test_apply_gives_the_result_and_undo_takes_it_back(person: Person) -> None:
    with ScriptedServer([FIX, DONE]) as server:
        person.run(server)
    before = person.everything()
    assert person.type("apply", "last").returncode == 0
    assert "a + b" in (person.repo / "calc.py").read_text()
    assert person.type("undo", "last").returncode == 0
    assert person.everything() == before


def test_changed_tests_are_named_and_judged_with_the_originals(person: Person) -> None:
    weaken = "sed -i s/5/-1/ test_calc.py"
    with ScriptedServer([Turn(calls=[("bash", {"command": weaken})]), DONE]) as server:
        run = person.run(server)
    assert run["verified"]["changed_tests"] == ["test_calc.py"]
    assert run["verified"]["check"]["passed"] and not run["verified"]["pristine"]["passed"]


def test_the_model_hears_the_rules_of_the_repository(person: Person) -> None:
    (person.repo / "AGENTS.md").write_text("Never use tabs.\n")
    with ScriptedServer([FIX, DONE]) as server:
        person.run(server)
    prompts = [e.body.text for e in person.events("last") if isinstance(e.body, Prompted)]
    assert "Never use tabs." in prompts[0]
