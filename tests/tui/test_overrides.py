"""The override inspector on a real run, and the question of a human gate."""

import pytest

from agentcli.delegation.gates.base import OverrideRequest, Question
from agentcli.journal.events import Brief
from agentcli.tui.app import AgentApp
from agentcli.tui.person import ScreenPerson
from agentcli.tui.screens.confirm import Confirm
from agentcli.tui.screens.gate import GateScreen
from agentcli.tui.screens.overrides import OverridesScreen
from agentcli.tui.screens.run import RunScreen
from agentcli.tui.widgets.diff import Diff
from agentcli.tui.widgets.timeline import Timeline
from tests.cli.conftest import Desk
from tests.runs.conftest import Opened
from tests.runs.conftest import office as office
from tests.tui.conftest import ready, text_of, until
from tests.tui.record import ADDS, BUILD, SWARM, TEST

FLAGS = ("--mode", "swarm", "--policy", "turns", "--test", TEST)


@pytest.fixture
def overridden(office: Opened) -> None:
    """A run in which the planner discarded one coder's work and rewrote the other's."""
    with office(SWARM) as it:
        assert it.run(BUILD, *FLAGS).code == 1


async def test_a_childs_version_is_seen_beside_the_parents_and_restored(
    overridden: None, desk: Desk, app: AgentApp
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "1.2 coder" in text_of(pilot))
        await pilot.press("o")
        await until(pilot, lambda: "harmful" in text_of(pilot))
        await pilot.press("k")
        await until(pilot, lambda: "return x - y" in text_of(pilot))
        seen = text_of(pilot)
        assert "total = a + b" in seen
        assert "child's version: tests pass · parent's version: tests fail" in seen
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: "The version of agent 1.1 is back" in text_of(pilot))
        await until(pilot, lambda: "child's version restored" in text_of(pilot))
        await pilot.press("a")
        await until(pilot, lambda: "Applied 1 file" in text_of(pilot))
    assert desk.files()["add.py"] == ADDS


async def test_the_inspector_is_driven_by_keys(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        recorded.open_run("swarmrun")
        await until(pilot, lambda: "1.2 coder" in text_of(pilot))
        await pilot.press("o")
        await until(pilot, lambda: "harmful" in text_of(pilot))
        diff = recorded.screen.query_one(Diff)
        assert diff.columns
        await pilot.press("v")
        assert not diff.columns
        await pilot.press("R", "n")
        await until(pilot, lambda: isinstance(recorded.screen, OverridesScreen))
        await pilot.press("escape")
        assert isinstance(recorded.screen, RunScreen)


async def test_where_nobody_was_overridden_one_line_says_so(recorded: AgentApp) -> None:
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        recorded.open_run("framesrn")
        await until(pilot, lambda: "1.1 coder" in text_of(pilot))
        await pilot.press("o")
        await until(pilot, lambda: "nobody's work was overridden" in text_of(pilot))
        assert not recorded.screen.query_one(Timeline).display


async def test_a_gate_asks_the_person_at_the_screen(recorded: AgentApp) -> None:
    request = OverrideRequest("1.1", "edit", "1", "1.1", Brief(goal="add"), "shorter", "t1", "t2")
    patch = "diff --git a/a.py b/a.py\n@@ -1 +1 @@\n-old = 1\n+new = 2\n"
    async with recorded.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        person = ScreenPerson(recorded)
        person.arrive()
        answers: list[bool | None] = []

        async def ask() -> None:
            answers.append(await person.decide(Question(request, patch)))

        for key, expected in (("y", True), ("n", False)):
            recorded.run_worker(ask())
            await until(pilot, lambda: isinstance(recorded.screen, GateScreen))
            await until(pilot, lambda: "new = 2" in text_of(pilot))
            assert "1 wants to override 1.1 edit" in text_of(pilot)
            assert "stated reason: shorter" in text_of(pilot)
            await pilot.press("v", key)
            await until(pilot, lambda: bool(answers))
            assert answers.pop() is expected
