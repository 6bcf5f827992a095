"""What leaves the sandbox asks first, with the reason: once, for the session, or by a rule."""

import tomllib
from typing import Any

import pytest
from textual.pilot import Pilot

from agentcli.errors import UsageFault
from agentcli.journal.store import Journal
from agentcli.settings import PROJECT_FILE, load_settings, user_file
from agentcli.tui.app import AgentApp
from agentcli.tui.approvals import application, ways_out
from agentcli.tui.rules import add_rule
from agentcli.tui.screens.approve import Approve
from agentcli.tui.screens.run import RunScreen
from agentcli.tui.screens.start import StartScreen
from agentcli.tui.widgets.prompt import Prompt
from tests.cli.conftest import WRITES_B, Desk
from tests.support.scripted_server import ScriptedServer
from tests.tui.conftest import ready, serve, text_of, until

SIZE = (120, 40)
Patch = pytest.MonkeyPatch


async def test_leaving_the_sandbox_asks_and_a_no_gives_the_task_back(
    desk: Desk, app: AgentApp, monkeypatch: Patch
) -> None:
    monkeypatch.delenv("AGENTCLI_ALLOW")
    (desk.repo / PROJECT_FILE).write_text('sandbox = "host"\n')
    async with app.run_test(size=SIZE) as pilot:
        await _say(pilot, "write b.py")
        assert "Run on this machine, without a sandbox?" in text_of(pilot)
        assert "sandbox = host, from" in text_of(pilot)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        assert app.screen.query_one(Prompt).text == "write b.py"
    with Journal() as journal:
        assert not journal.run_ids()


async def test_a_yes_for_the_session_holds_and_applying_asks_for_itself(
    desk: Desk, app: AgentApp, monkeypatch: Patch
) -> None:
    with ScriptedServer([*WRITES_B, *WRITES_B]) as server:
        serve(monkeypatch, server)
        monkeypatch.delenv("AGENTCLI_ALLOW")
        async with app.run_test(size=SIZE) as pilot:
            await _say(pilot, "write b.py")
            await pilot.press("s")
            await until(pilot, lambda: "a applies" in text_of(pilot))
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, Approve))
            assert "changed 2 files: a.py, b.py" in text_of(pilot)
            await pilot.press("escape")
            assert desk.files() == {"a.py": "a = 1\n"}
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, Approve))
            await pilot.press("y")
            await until(pilot, lambda: "Applied 2 files" in text_of(pilot))
            await pilot.press("u")
            await until(pilot, lambda: "Undone" in text_of(pilot))
            await pilot.press("escape", *"again", "enter")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            await until(pilot, lambda: not app.works.going_on)


async def test_a_rule_is_written_to_the_persons_file_and_ends_the_questions(
    done: str, desk: Desk, app: AgentApp, monkeypatch: Patch
) -> None:
    monkeypatch.delenv("AGENTCLI_ALLOW")
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await pilot.press("f2")
        await ready(pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Approve))
        await pilot.press("r")
        await until(pilot, lambda: "finished, applied" in text_of(pilot))
    assert load_settings(desk.repo, {}, {}).settings.allow == ("apply",)


def test_inside_the_sandbox_nothing_asks() -> None:
    assert _asked() == []
    assert application("r", []) == []


def test_an_open_network_says_which_setting_opens_it() -> None:
    [wish] = ways_out(*_loaded(network=True))
    assert (wish.matter, wish.question[:16]) == ("network", "Open the network")
    assert "network = yes, from flags" in wish.reason
    assert _asked(network_allow=["a.org"]) == ["Let commands reach a.org?"]


def test_on_the_host_the_network_is_no_question_of_its_own() -> None:
    assert _asked(sandbox="host", network=True) == ["Run on this machine, without a sandbox?"]


@pytest.mark.parametrize(
    ("before", "rules"),
    [
        ("", ["host"]),
        ("# mine\nseed = 3\n", ["host"]),
        ('seed = 3\nallow = [\n  "apply",  # sure\n]\n', ["apply", "host"]),
        ('allow = ["host"]\n', ["host"]),
    ],
)
def test_a_rule_leaves_the_rest_of_the_file_alone(before: str, rules: list[str]) -> None:
    user_file().parent.mkdir(parents=True, exist_ok=True)
    user_file().write_text(before)
    add_rule("host")
    after = user_file().read_text()
    assert tomllib.loads(after) == {**tomllib.loads(before), "allow": rules}
    assert ("# mine" in after) == ("# mine" in before)


def test_a_file_that_cannot_take_a_rule_stays_as_it_is() -> None:
    user_file().parent.mkdir(parents=True, exist_ok=True)
    user_file().write_text('"allow" = []\n')
    with pytest.raises(UsageFault, match="can't be changed"):
        add_rule("host")
    assert user_file().read_text() == '"allow" = []\n'


def _loaded(**flags: Any) -> tuple[dict[str, Any], Any]:
    loaded = load_settings(None, flags, {})
    return loaded.settings.model_dump(), loaded.origins


def _asked(**flags: Any) -> list[str]:
    return [wish.question for wish in ways_out(*_loaded(**flags))]


async def _say(pilot: Pilot[Any], task: str) -> None:
    await ready(pilot)
    await pilot.press(*task, "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, Approve))
