"""A verdict that rests on tests which the agent changed says so, wherever it is shown."""

import io

import pytest
from rich.console import Console

from agentcli.cli.progress import Progress
from agentcli.journal.store import Journal
from tests.cli.conftest import Desk, Said
from tests.support.scripted_server import ScriptedServer, Turn

FAILS = "✗ fails with your tests put back"
PASSES = "with yours put back it passes"
TEST = "python3 test_a.py"


def weakens(desk: Desk, value: str, *flags: str) -> Said:
    """A run whose agent sets `a` and empties the person's test, which wants 2."""
    (desk.repo / "test_a.py").write_text("from a import a\n\nassert a == 2\n")
    turns = [
        Turn("x", [("edit", {"path": "a.py", "old": "a = 1", "new": value})]),
        Turn("x", [("write", {"path": "test_a.py", "content": "from a import a\n"})]),
        Turn("x", [("finish", {"status": "done", "summary": "it passes"})]),
    ]
    with ScriptedServer(turns) as server:
        place = ("--api-base", server.base, "--model", "scripted", "--sandbox", "host")
        return desk.type("run", "make a 2", "--mode", "solo", *place, "--test", TEST, *flags)


@pytest.mark.parametrize(("value", "told"), [("a = 3", FAILS), ("a = 2", PASSES)])
def test_run_and_show_tell_the_verdict_with_the_persons_tests(
    desk: Desk, value: str, told: str
) -> None:
    ended = weakens(desk, value)
    assert ended.code == 0  # what the command says decides; see the README's "The verdict"
    for said in (ended, desk.type("show", "last")):
        assert told in said.out.splitlines()
        assert "test_a.py" in said.out


def test_runs_beside_each_other_tell_it_too(desk: Desk) -> None:
    weakens(desk, "a = 3")
    first, *_ = (row["run"] for row in desk.type("runs", "--json").json)
    assert f"pass; {FAILS}" in desk.type("show", first, first, "--json").json[0]["tests"]


def test_progress_tells_it_beside_the_verdict(desk: Desk) -> None:
    weakens(desk, "a = 3")
    assert f"✓ passes {TEST} · {FAILS}" in progress_of_the_last_run()


def progress_of_the_last_run() -> str:
    """What a person at a terminal saw go by."""
    console = Console(file=io.StringIO(), width=200, highlight=False)
    progress = Progress(console, live=True)
    with Journal() as journal:
        for event in journal.events(journal.find_run("last")):
            progress.on_event(event)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
