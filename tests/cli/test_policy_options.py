"""What a planner may do, as a person sets it: known to be possible before anything is spent."""

import pytest

from agentcli.delegation.policy import PRESETS
from agentcli.journal.events import RunStarted
from tests.runs.conftest import Opened, bodies
from tests.runs.conftest import desk as desk
from tests.runs.conftest import office as office
from tests.runs.scripts import by_goal, finish, write

TASK = "write b.py"
WORK = by_goal({TASK: [write("b.py", "b = 1\n"), finish()]})


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (("--policy", "tyrant"), "There are: free"),
        (("--mode", "swarm", "--policy", "evidence"), "The evidence gate needs --test"),
        (("--mode", "swarm", "--gate", "evidence"), "The evidence gate needs --test"),
        (("--powers", "message", "--gate", "vote"), "nothing to decide"),
        (("--powers", "message,fly"), "`powers`"),
        (("--override-lottery", "1.5"), "`override_lottery`"),
        (("--judges", "0"), "`judges`"),
        (("--personas",), "Add --mode solo"),
    ],
)
def test_what_can_not_be_kept_is_refused_before_it_begins(
    office: Opened, flags: tuple[str, ...], complaint: str
) -> None:
    with office(WORK) as it:
        said = it.run(TASK, *flags)
        assert said.code == 2
        assert complaint in said.err
        assert said.err.count("agentcli: ") == 1
        assert it.server.chats == []


def test_the_settings_of_a_policy_are_recorded_with_the_run(office: Opened) -> None:
    flags = {
        "--policy": "turns",
        "--oversight": "step",
        "--powers": "message, revert",
        "--gate": "lottery",
        "--override-lottery": "0.25",
        "--judges": "5",
        "--max-overrides": "2",
        "--override-tokens": "9000",
        "--coders": "3",
    }
    with office(WORK) as it:
        assert it.run(TASK, *[word for flag in flags.items() for word in flag]).code == 0
    (begun,) = bodies(RunStarted)
    assert {key: begun.settings[key.removeprefix("--").replace("-", "_")] for key in flags} == {
        **flags,
        "--powers": ["message", "revert"],
        "--override-lottery": 0.25,
        "--judges": 5,
        "--max-overrides": 2,
        "--override-tokens": 9000,
        "--coders": 3,
    }


def test_no_powers_at_all_can_be_said(office: Opened) -> None:
    with office(WORK) as it:
        assert it.run(TASK, "--powers", "none").code == 0
    assert bodies(RunStarted)[0].settings["powers"] == []


def test_the_named_policies_are_listed(office: Opened) -> None:
    with office(WORK) as it:
        said = it.desk.type("policies")
    lines = said.out.splitlines()
    assert [line.split()[0] for line in lines] == list(PRESETS)
    assert "evidence gate" in next(line for line in lines if line.startswith("evidence"))
    assert "all powers" not in next(line for line in lines if line.startswith("roles"))
