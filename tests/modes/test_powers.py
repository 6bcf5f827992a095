"""What a policy gives no power for can not be done, whatever the planner tries, and is logged."""

import pytest

from agentcli.journal.events import (
    DelegationClosed,
    Merged,
    ModelReplied,
    PowerDenied,
    ToolReturned,
)
from tests.runs.conftest import Opened, bodies, events
from tests.runs.scripts import act, bash, brief, by_goal, delegate, finish, write
from tests.support.scripted_server import Turn

TASK, WALLS, ROOF = "build the whole house", "raise walls of brick", "put a roof on top"
PLAN = act("assign", briefs=[brief("walls", WALLS, "walls.txt"), brief("roof", ROOF, "roof.txt")])
CODERS = {
    WALLS: [write("walls.txt", "brick\n"), finish("walls stand")],
    ROOF: [write("roof.txt", "tiles\n"), finish("roof is on")],
}
EDIT = act("edit", path="walls.txt", edits=[{"search": "brick", "replace": "straw"}])
FORGED = Turn("x", [("functions.write ", {"path": "walls.txt", "content": "straw\n"})])
IN_WORDS = Turn('{"name": "write", "arguments": {"path": "walls.txt", "content": "straw"}}')

# What a planner tries that its policy gives it no power for.
WRITES = [write("walls.txt", "straw\n"), EDIT, FORGED, IN_WORDS, act("splice", path="a", code="b")]
SHELL = [bash("echo straw > walls.txt"), act("shell", cmd="rm -rf ."), act("exec", code="x")]
OTHERS = [
    delegate("write straw into walls.txt"),
    act("merge", of="walls"),
    act("commit", message="mine"),
]
INTERRUPT = [act("interrupt", of="walls", reason="mine")]
REVERT = [act("revert", of="walls", reason="mine")]
DISCARD = [act("reject", of="walls", reason="mine"), act("accept", of="walls")]

FORBIDDEN = {
    "roles": [*WRITES, *SHELL, *OTHERS, *REVERT],
    "contract": [*WRITES, *SHELL, *OTHERS, *REVERT, *DISCARD, *INTERRUPT],
    "single-writer": [*WRITES, *SHELL, *OTHERS, *REVERT, *DISCARD],
    "hands-off": [*WRITES, *SHELL, *OTHERS, *REVERT, *DISCARD, *INTERRUPT],
}


@pytest.mark.parametrize("policy", FORBIDDEN)
def test_what_is_not_given_changes_nothing_and_each_try_is_logged(
    office: Opened, policy: str
) -> None:
    tries = FORBIDDEN[policy]
    closing = {
        "roles": [act("accept", of="walls"), act("accept", of="roof")],
    }.get(policy, [])
    # Forbidden acts come in the middle of everything: while coders work and after they landed.
    half = len(tries) // 2
    turns = [PLAN, *_spaced(tries[:half]), *_waits(policy), *_spaced(tries[half:]), *closing]
    with office(by_goal({**CODERS, TASK: [*turns, finish("ok"), finish("ok")]})) as it:
        said = it.run(TASK, "--mode", "swarm", "--policy", policy, "-o", "json")
        assert said.code == 0, said
        assert it.tree(said) == {"a.py": "a = 1", "walls.txt": "brick", "roof.txt": "tiles"}
    assert [merged.delegation for merged in bodies(Merged)] == ["1.1", "1.2"]
    assert {closed.end for closed in bodies(DelegationClosed)} == {"integrated"}
    assert len(bodies(PowerDenied)) == len(tries), [denied.tool for denied in bodies(PowerDenied)]


def test_a_contract_is_written_before_the_first_coder_and_not_after(office: Opened) -> None:
    planner = [write("test_walls.txt", "of brick\n"), PLAN, write("test_walls.txt", "straw\n")]
    with office(by_goal({**CODERS, TASK: [*planner, finish("ok")]})) as it:
        said = it.run(TASK, "--mode", "swarm", "--policy", "contract", "-o", "json")
        assert said.code == 0, said
        assert it.tree(said)["test_walls.txt"] == "of brick"
    (denied,) = bodies(PowerDenied)
    assert denied.tool == "write"


@pytest.mark.parametrize("paths", [["walls.txt"], ["."], ["*.txt"], []])
def test_under_roles_no_coder_gets_anothers_files(office: Opened, paths: list[str]) -> None:
    through = act("assign", briefs=[brief("thief", ROOF, *paths)], reason="through another coder")
    plan = act("assign", briefs=[brief("walls", WALLS, "walls.txt")])
    wait = act("wait")
    planner = [plan, through, wait, act("accept", of="walls"), through, finish("ok")]
    with office(by_goal({**CODERS, TASK: planner})) as it:
        said = it.run(TASK, "--mode", "swarm", "--policy", "roles", "-o", "json")
        assert said.code == 0, said
        assert set(it.tree(said)) == {"a.py", "walls.txt"}
    refused = [r for r in bodies(ToolReturned) if r.call.name == "assign" and not r.ok]
    assert len(refused) == len(bodies(PowerDenied)) == 2


@pytest.mark.parametrize("status", ["done", "partial"])
def test_a_coder_that_writes_outside_its_scope_can_not_submit_it(
    office: Opened, status: str
) -> None:
    thief = [
        bash("echo straw > walls.txt; echo tiles > roof.txt"),
        finish("roof is on", status),
        bash("rm walls.txt"),
        finish("only the roof", status),
    ]
    planner = [
        act("assign", briefs=[brief("roof", ROOF, "roof.txt")]),
        act("wait"),
        act("accept", of="roof"),
        finish("ok"),
    ]
    with office(by_goal({ROOF: thief, TASK: planner})) as it:
        said = it.run(TASK, "--mode", "swarm", "--policy", "roles", "-o", "json")
        assert said.code == 0, said
        assert set(it.tree(said)) == {"a.py", "roof.txt"}


@pytest.mark.parametrize("policy", FORBIDDEN)
def test_no_coders_work_is_edited_through_another_coder(office: Opened, policy: str) -> None:
    """The planner asks the roofer to change the walls, and the roofer does it. (A single writer
    begins when the walls have landed.)"""
    roofer = [
        bash("echo tiles > roof.txt; echo straw > walls.txt"),
        finish("straw is better"),
        bash("echo brick > walls.txt" if policy == "single-writer" else "rm walls.txt"),
        finish("only the roof"),
    ]
    asked = act("message", to="roof", text="Write straw into walls.txt.")
    closing = [act("accept", of=name) for name in ("walls", "roof")] if policy == "roles" else []
    turns = [PLAN, asked, *_waits(policy), *closing, finish("ok"), finish("ok")]
    with office(by_goal({**CODERS, ROOF: roofer, TASK: turns})) as it:
        said = it.run(TASK, "--mode", "swarm", "--policy", policy, "-o", "json")
        assert said.code == 0, said
        assert it.tree(said) == {"a.py": "a = 1", "walls.txt": "brick", "roof.txt": "tiles"}
    refused = [r for r in bodies(ToolReturned) if r.call.name == "finish" and not r.ok]
    assert any("walls.txt" in r.output for r in refused)


def test_single_writer_lets_one_coder_work_at_a_time(office: Opened) -> None:
    with office(by_goal({**CODERS, TASK: [PLAN, finish("ok")]})) as it:
        said = it.run(TASK, "--mode", "swarm", "--policy", "single-writer", "-o", "json")
        assert said.code == 0, said
    coders = [
        e.agent_id for e in events() if isinstance(e.body, ModelReplied) and "." in e.agent_id
    ]
    assert coders == ["1.1"] * 2 + ["1.2"] * 2  # never in turns


def _spaced(tries: list[Turn]) -> list[Turn]:
    """A good call after every third, since too many useless replies in a row end an agent."""
    out: list[Turn] = []
    for number, turn in enumerate(tries, 1):
        out += [turn, act("inspect", of="walls")] if number % 3 == 0 else [turn]
    return out


def _waits(policy: str) -> list[Turn]:
    return [act("wait"), act("wait")] if policy == "roles" else [act("wait")]
