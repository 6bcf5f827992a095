"""`solo --personas`: planner and coder in one conversation, their turns marked in the journal."""

import pytest

from agentcli.journal.events import AgentStarted, RoleTaken
from agentcli.modes.personas import speakers
from tests.runs.conftest import Opened, bodies
from tests.runs.scripts import by_goal
from tests.support.scripted_server import Turn

TASK = "build the whole house"
PERSONAS = ("--mode", "solo", "--personas", "-o", "json")


def says(text: str, tool: str, **arguments: str) -> Turn:
    return Turn(text, [(tool, arguments)])


TALK = [
    says("PLANNER:\nWalls first.\n\nCODER:\nI lay bricks.", "write", path="w.txt", content="x\n"),
    says("CODER:\nOne more.", "write", path="w.txt", content="xx\n"),
    says("", "bash", command="cat w.txt"),
    says("PLANNER: They stand.", "finish", status="done", summary="walls"),
]
FLIPS = ["planner", "coder", "planner"]


def test_each_change_of_persona_is_an_event(office: Opened) -> None:
    with office(by_goal({TASK: TALK})) as it:
        said = it.run(TASK, *PERSONAS)
        assert said.code == 0, said.err
    assert [one.role for one in bodies(RoleTaken)] == FLIPS
    assert {one.agent for one in bodies(RoleTaken)} == {"1"}
    assert len(bodies(AgentStarted)) == 1


@pytest.mark.parametrize("reply_format", ["native", "fenced", "splice"])
def test_both_personas_are_in_the_one_system_prompt(office: Opened, reply_format: str) -> None:
    text = "PLANNER: A wall.\n\nCODER:\n```write wall.py\nWALL = 1\n```\n```finish\nbuilt\n```\n"
    native = [
        says("PLANNER: A wall.\nCODER:", "write", path="wall.py", content="WALL = 1\n"),
        says("", "finish", status="done", summary="built"),
    ]
    turns = native if reply_format == "native" else [Turn(text)]
    with office(by_goal({TASK: turns})) as it:
        said = it.run(TASK, *PERSONAS, "--reply-format", reply_format)
        assert said.code == 0, said.err
        assert it.tree(said)["wall.py"] == "WALL = 1"
        system = str(it.server.chats[0].body["messages"][0]["content"])
        assert "PLANNER never writes code" in system
    assert [one.role for one in bodies(RoleTaken)] == ["planner", "coder"]


def test_without_the_flag_there_is_one_person(office: Opened) -> None:
    with office(by_goal({TASK: TALK})) as it:
        assert it.run(TASK, "--mode", "solo", "-o", "json").code == 0
        assert "PLANNER" not in str(it.server.chats[0].body["messages"][0])
    assert bodies(RoleTaken) == []


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_resumed_no_change_is_counted_twice(office: Opened, steps: int) -> None:
    with office(by_goal({TASK: TALK})) as it:
        assert it.run(TASK, *PERSONAS, "--max-steps", str(steps)).code == 4
        said = it.again("--max-steps", "9")
        assert said.code == 0, said.err
    assert [one.role for one in bodies(RoleTaken)] == FLIPS


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("PLANNER:\nfirst\nCODER:\nthen", ["planner", "coder"]),
        ("**Planner**: first\n\n## Coder\nthen", ["planner", "coder"]),
        ("[PLANNER]\nfirst\n**CODER:** then", ["planner", "coder"]),
        ("Planner - first", ["planner"]),
        ("The coder: he writes.\nCoder tools are fine.\nplanners plan", []),
        ("", []),
    ],
)
def test_who_speaks_is_read_from_headings(text: str, names: list[str]) -> None:
    assert speakers(text) == names
