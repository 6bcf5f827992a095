"""`swarm`: plans, coders side by side, merges in plan order, and a planner within its powers."""

from typing import Any

import pytest

from agentcli.journal.events import (
    Delegated,
    DelegationClosed,
    MergeConflicted,
    Merged,
    MessageDelivered,
    Planned,
    ToolReturned,
)
from tests.runs.conftest import Opened, bodies
from tests.runs.scripts import act, bash, brief, by_goal, finish, write
from tests.support.scripted_server import Turn

TASK, WALLS, ROOF = "build the whole house", "raise walls of brick", "put a roof on top"
JSON = ("--mode", "swarm", "-o", "json")

PLAN = act("assign", briefs=[brief("walls", WALLS, "walls.txt"), brief("roof", ROOF, "roof.txt")])
CODERS = {
    WALLS: [write("walls.txt", "brick\n"), finish("walls stand")],
    ROOF: [write("roof.txt", "tiles\n"), finish("roof is on")],
}
WAIT = act("wait")


def accept_all(*names: str) -> list[Turn]:
    return [act("accept", of=name) for name in names]


def ends() -> list[str]:
    return [str(closed.end) for closed in bodies(DelegationClosed)]


@pytest.mark.parametrize("sandbox", ["host", pytest.param("docker", marks=pytest.mark.docker)])
def test_coders_work_side_by_side_and_their_work_is_merged_in_plan_order(
    office: Opened, sandbox: str
) -> None:
    planner = [PLAN, WAIT, WAIT, act("accept", of="roof"), act("accept", of="walls"), finish("ok")]
    slow = [write("walls.txt", "brick\n", latency=0.3), finish("walls stand")]
    script = by_goal({**CODERS, WALLS: slow, TASK: planner})
    with office(script) as it:
        said = it.run(TASK, "--sandbox", sandbox, "--policy", "turns", *JSON)
        assert said.code == 0, said
        assert it.tree(said) == {"a.py": "a = 1", "walls.txt": "brick", "roof.txt": "tiles"}
    assert [merged.delegation for merged in bodies(Merged)] == ["1.1", "1.2"]  # as planned
    assert ends() == ["integrated", "integrated"]
    first, second = bodies(Delegated)
    assert first.base_tree == second.base_tree  # begun before either had landed
    store = said.json["run"]
    assert store


def test_a_brief_begins_after_those_it_builds_on_and_sees_their_work(office: Opened) -> None:
    plan = act(
        "assign",
        briefs=[
            brief("walls", WALLS, "walls.txt"),
            brief("roof", ROOF, "roof.txt", after=["walls"]),
        ],
    )
    roof = [bash("cat walls.txt > roof.txt"), finish("roof is on")]
    planner = [plan, WAIT, act("accept", of="walls"), WAIT, act("accept", of="roof"), finish("ok")]
    with office(by_goal({**CODERS, ROOF: roof, TASK: planner})) as it:
        said = it.run(TASK, "--policy", "turns", *JSON)
        assert said.code == 0, said
        assert it.tree(said)["roof.txt"] == "brick"
    walls, roof_begun = bodies(Delegated)
    assert roof_begun.base_tree == bodies(Merged)[0].expected
    assert walls.base_tree != roof_begun.base_tree


def test_a_conflict_goes_back_to_its_coder_on_the_current_trunk(office: Opened) -> None:
    both = [brief("walls", WALLS, "house.txt"), brief("roof", ROOF, "house.txt")]
    walls = [write("house.txt", "brick\n"), finish("walls stand")]
    mend = bash("grep -q '<<<<<<<' house.txt && printf 'tiles\\nbrick\\n' > house.txt")
    roof = [write("house.txt", "tiles\n"), finish("roof is on"), mend, finish("both are in")]
    planner = [
        act("assign", briefs=both),
        WAIT,
        WAIT,
        *accept_all("walls", "roof"),
        WAIT,
        act("accept", of="roof"),
        finish("ok"),
    ]
    with office(by_goal({WALLS: walls, ROOF: roof, TASK: planner})) as it:
        said = it.run(TASK, "--policy", "turns", *JSON)
        assert said.code == 0, said
        assert it.tree(said)["house.txt"] == "tiles\nbrick"
    (conflict,) = bodies(MergeConflicted)
    assert (conflict.delegation, conflict.paths) == ("1.2", ("house.txt",))
    assert [m.kind for m in bodies(MessageDelivered)] == ["conflict"]
    assert [m.proposal for m in bodies(Merged)] == [1, 2]


def test_a_message_sends_a_submitted_coder_back_to_work(office: Opened) -> None:
    walls = [
        write("walls.txt", "straw\n"),
        finish("walls stand"),
        write("walls.txt", "brick\n"),
        finish("now of brick"),
    ]
    plan = act("assign", briefs=[brief("walls", WALLS, "walls.txt")])
    planner = [
        plan,
        WAIT,
        act("message", to="walls", text="brick, please"),
        WAIT,
        act("accept", of="walls"),
        finish("ok"),
    ]
    with office(by_goal({WALLS: walls, TASK: planner})) as it:
        said = it.run(TASK, "--policy", "turns", *JSON)
        assert said.code == 0, said
        assert it.tree(said)["walls.txt"] == "brick"
    (heard,) = bodies(MessageDelivered)
    assert (heard.kind, heard.text) == ("revise", "brick, please")
    assert heard.output_tokens == 40  # two replies of twenty


def test_a_rejected_proposal_never_lands(office: Opened) -> None:
    planner = [
        PLAN,
        WAIT,
        WAIT,
        act("reject", of="roof", reason="no roof wanted"),
        act("accept", of="walls"),
        finish("ok"),
    ]
    with office(by_goal({**CODERS, TASK: planner})) as it:
        said = it.run(TASK, "--policy", "turns", *JSON)
        assert said.code == 0, said
        assert "roof.txt" not in it.tree(said)
    assert sorted(ends()) == ["discarded", "integrated"]


def test_without_the_power_to_discard_what_is_submitted_lands(office: Opened) -> None:
    with office(by_goal({**CODERS, TASK: [PLAN, finish("ok")]})) as it:
        said = it.run(TASK, "--policy", "hands-off", *JSON)
        assert said.code == 0, said
        assert set(it.tree(said)) == {"a.py", "walls.txt", "roof.txt"}
    assert ends() == ["integrated", "integrated"]


def test_an_interrupted_coder_stops_and_the_planner_writes_it_itself(office: Opened) -> None:
    walls = [write("walls.txt", "straw\n"), bash("sleep 0.3"), bash("sleep 60")]
    plan = act("assign", briefs=[brief("walls", WALLS, "walls.txt")])
    planner = [
        plan,
        WAIT,
        act("interrupt", of="walls", reason="straw burns"),
        WAIT,
        write("walls.txt", "brick\n"),
        finish("mine now"),
        finish("mine now"),
    ]
    with office(by_goal({WALLS: walls, TASK: planner})) as it:
        said = it.run(TASK, "--policy", "evidence", "--gate", "open", *JSON)
        assert said.code == 0, said
        assert it.tree(said)["walls.txt"] == "brick"
    assert [m.kind for m in bodies(MessageDelivered)] == ["interrupt"]
    assert ends() == ["discarded"]


def test_replanning_is_an_event_with_a_reason(office: Opened) -> None:
    slow = [bash("sleep 60")]
    planner = [
        act("assign", briefs=[brief("walls", WALLS, "walls.txt")]),
        act("assign", briefs=[brief("roof", ROOF, "roof.txt")], drop=["walls"]),
        act(
            "assign",
            briefs=[brief("roof", ROOF, "roof.txt")],
            drop=["walls"],
            reason="no walls needed",
        ),
        WAIT,
        act("accept", of="roof"),
        finish("ok"),
    ]
    with office(by_goal({**CODERS, WALLS: slow, TASK: planner})) as it:
        said = it.run(TASK, "--policy", "turns", *JSON)
        assert said.code == 0, said
    _, second = bodies(Planned)
    assert (second.dropped, second.reason) == (("walls",), "no walls needed")
    assert sorted(ends()) == ["integrated", "superseded"]
    refused = [r for r in bodies(ToolReturned) if r.call.name == "assign" and not r.ok]
    assert "reason" in refused[0].output


def test_a_question_is_answered_by_the_planner(office: Opened) -> None:
    walls = [
        act("ask", question="brick or straw?"),
        write("walls.txt", "brick\n"),
        finish("walls stand"),
    ]
    planner: list[Any] = [
        act("assign", briefs=[brief("walls", WALLS, "walls.txt")]),
        WAIT,
        act("message", to="walls", text="brick"),
        WAIT,
        act("accept", of="walls"),
        finish("ok"),
    ]
    with office(by_goal({WALLS: walls, TASK: planner})) as it:
        said = it.run(TASK, "--policy", "turns", *JSON)
        assert said.code == 0, said
    kinds = [(m.sender, m.kind) for m in bodies(MessageDelivered)]
    assert kinds == [("1.1", "question"), ("1", "answer")]
