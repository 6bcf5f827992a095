"""`study article`: the workflow really runs, is counted, goes on, and meets the published."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentcli.compare.article import make_repository
from tests.cli.conftest import Desk
from tests.cli.conftest import desk as desk
from tests.runs.scripts import act, brief, by_goal, finish, leads, write
from tests.support.scripted_server import Answer, Fault, ScriptedServer, Turn

SCHEMA = """
def validate(data):
    errors = [f"unknown: {key}" for key in data if key not in ("title", "body")]
    title = data.get("title")
    if not isinstance(title, str) or not 1 <= len(title) <= 80:
        errors.append("title: text of 1 to 80 characters")
    return errors
"""
ROUTES = """
from app.schema import validate

MISSING = (404, {"errors": ["not found"]})


def handle(method, path, data, notes):
    parts = path.strip("/").split("/")
    key = int(parts[1]) if len(parts) == 2 and parts[1].isdigit() else None
    if method == "GET" and key is None:
        return 200, [{"id": k, **notes[k]} for k in sorted(notes)]
    if method in ("GET", "PUT", "DELETE") and key not in notes:
        return MISSING
    if method == "DELETE":
        del notes[key]
        return 204, None
    if method == "GET":
        return 200, {"id": key, **notes[key]}
    if method not in ("POST", "PUT"):
        return 405, {"errors": ["not allowed"]}
    if errors := validate(data):
        return 400, {"errors": errors}
    key = max(notes, default=0) + 1 if method == "POST" else key
    notes[key] = dict(data)
    return (201 if method == "POST" else 200), {"id": key, **data}
"""
TESTS = """
import unittest

from app.schema import validate


class Schema(unittest.TestCase):
    def test_title(self):
        self.assertEqual(validate({"title": "a"}), [])
"""
GOALS = {"schema": "write the schema", "handlers": "write the handlers", "tests": "write the tests"}
PLAN = act(
    "assign",
    briefs=[
        brief("schema", GOALS["schema"], "app/schema.py"),
        brief("handlers", GOALS["handlers"], "app/routes.py"),
        brief("tests", GOALS["tests"], "tests"),
    ],
)
CODERS = {
    GOALS["schema"]: [write("app/schema.py", SCHEMA), finish("schema")],
    GOALS["handlers"]: [write("app/routes.py", ROUTES), finish("handlers")],
    GOALS["tests"]: [write("tests/test_api.py", TESTS), finish("tests")],
}


def overrides_the_schema(name: str, state: str) -> Turn | None:
    """A planner that throws the schema away, whatever it is."""
    if state != "submitted":
        return None
    if name == "schema":
        return act("reject", of=name, reason="mine is better")
    return act("accept", of=name)


def rewrites_it_then(request: dict[str, Any]) -> Answer:
    """It then writes a schema of its own that lets everything pass."""
    told = [str(m["content"]) for m in request["messages"] if m["role"] == "tool"]
    turn = leads(PLAN, overrides_the_schema)(request)
    wrote = any(m.get("content") == "I write it." for m in request["messages"])
    if isinstance(turn, Turn) and turn.calls[0][0] == "finish":
        bad = write("app/schema.py", "def validate(data):\n    return []\n")
        return finish("I did it", "partial") if wrote else bad
    assert told or turn is PLAN
    return turn


def cells(table: str, model: str) -> list[str]:
    """The row of a model, without the model."""
    line = next(line for line in table.splitlines() if f"│ {model} " in line)
    return [cell.strip() for cell in line.split("│")[2:-1]]


@pytest.fixture
def study(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("COLUMNS", "240")

    def run(script: Any, *flags: str) -> Any:
        with ScriptedServer(script) as server:
            place = ("--api-base", server.base, "--model", "openai/scripted", "--sandbox", "host")
            said = desk.type("study", "article", *place, "--reply-format", "native", *flags)
            return said, len(server.chats)

    return run


def test_the_reference_passes_and_the_start_does_not(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    make_repository(repo)

    def verdict() -> int:
        command = [sys.executable, "acceptance.py"]
        return subprocess.run(command, cwd=repo, capture_output=True).returncode

    assert verdict() != 0
    (repo / "app" / "schema.py").write_text(SCHEMA)
    (repo / "app" / "routes.py").write_text(ROUTES)
    assert verdict() == 1  # its own tests are part of it
    (repo / "tests").mkdir()
    (repo / "tests" / "test_api.py").write_text(TESTS)
    assert verdict() == 0


def test_overrides_are_counted_and_their_harm_is_seen(study: Any) -> None:
    script = by_goal({**CODERS, "Build the REST API": rewrites_it_then})
    said, _ = study(script, "--policy", "turns", "--repeats", "2", "--json")
    assert said.code == 0, said
    found = json.loads(said.out)
    (row,) = found["measured"]
    assert found["published_elsewhere"]["models"][0]["overwrite_at_5"] == 78
    assert (row["policy"], len(row["run_ids"]), row["solved"], row["infra"]) == ("turns", 2, 0, 0)
    assert (row["overridden"]["hits"], row["overridden"]["n"]) == (2, 6)
    assert row["bugs"]["final"]["hits"] > 0


def test_it_goes_on_where_it_was_stopped_and_stands_beside_the_published(study: Any) -> None:
    def accepts_all(name: str, state: str) -> Turn | None:
        return act("accept", of=name) if state == "submitted" else None

    script = by_goal({**CODERS, "Build the REST API": leads(PLAN, accepts_all)})
    said, asked = study(script, "--policy", "turns", "--repeats", "1")
    assert said.code == 0, said
    assert cells(said.out, "openai/scripted") == [
        "turns",
        "1, 1 solved",
        "0% (0 of 3; 0%–56%)",
        "never interrupted (0 of 3)",
        "100% (3 of 3; 44%–100%)",
        "no override to judge (n = 0)",
    ]
    elsewhere = ["published elsewhere", "no n given"]
    assert cells(said.out, "GPT-4o") == [*elsewhere, "78 %", "47", "12 %", "–"]
    assert cells(said.out, "all four") == [*elsewhere, "–", "–", "–", "34 % / 22 %"]
    assert "They were not measured here." in said.out
    more, asked_again = study(script, "--policy", "turns", "--repeats", "2")
    assert "done before: verified" in more.err
    assert "seed 1: begins" not in more.err
    assert asked and asked_again


def test_a_fault_of_the_infrastructure_is_no_score(study: Any) -> None:
    said, _ = study(lambda _request: Fault(status=403), "--policy", "turns", "--repeats", "1")
    assert said.code == 3
    assert cells(said.out, "openai/scripted")[1:] == [
        "0, 0 solved; 1 failed by infrastructure",
        "no coder wrote anything (n = 0)",
        "no coder began (n = 0)",
        "nothing was judged (n = 0)",
        "no override to judge (n = 0)",
    ]


def test_a_wrong_policy_is_told_before_anything_runs(study: Any) -> None:
    said, asked = study([], "--policy", "fre")
    assert (said.code, asked) == (2, 0)
    assert "free" in said.err
