"""A planner's overrides stand only as far as the gate lets them, and each decision is on record."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentcli.journal.events import AgentStarted, EffectMeasured, GateDecided, ModelReplied
from tests.runs.conftest import Opened, bodies, events
from tests.runs.scripts import Script, act, brief, by_goal, finish, write
from tests.support.scripted_server import Answer, Turn

TASK, WALLS = "build the whole house", "raise walls of brick"
CODER = {WALLS: [write("walls.txt", "brick\n"), finish("walls stand")]}
BEGIN = [
    act("assign", briefs=[brief("walls", WALLS, "walls.txt")]),
    act("wait"),
    act("accept", of="walls"),
]
HARM, HELP = write("walls.txt", "straw\n"), write("walls.txt", "brick and mortar\n")
SWARM = ("--mode", "swarm", "--policy", "turns", "-o", "json")
TEST = ("--test", "grep -q brick walls.txt")
MORTAR = ("--test", "grep -q mortar walls.txt || ! test -e walls.txt")


def planner(*acts: Answer) -> Mapping[str, Sequence[Answer]]:
    return {**CODER, TASK: [*BEGIN, *acts, finish("ok"), finish("ok")]}


def with_judges(agents: Mapping[str, Sequence[Answer]], chosen: str) -> Script:
    """Judges take the version that holds this text; on which side it stands varies."""
    others = by_goal(agents)

    def answer(request: dict[str, Any]) -> Answer:
        system, question = (str(m["content"]) for m in request["messages"][:2])
        if "compare two versions" not in system:
            return others(request)
        return Turn("TWO" if f"+{chosen}" in question else "ONE")

    return answer


@pytest.mark.parametrize(
    ("flags", "change", "allowed"),
    [
        (("--gate", "open"), HARM, True),
        (("--gate", "evidence", *TEST), HARM, False),
        (("--gate", "evidence", *TEST), HELP, False),  # it passes as it is: a tie
        (("--gate", "evidence", *MORTAR), HELP, True),
        (("--gate", "lottery", "--override-lottery", "1"), HELP, False),
        (("--gate", "lottery", "--override-lottery", "0"), HELP, True),
        (("--gate", "human"), HELP, False),  # nobody is there
        (("--max-overrides", "0"), HELP, False),
        (("--override-tokens", "0"), HELP, False),
    ],
)
def test_what_the_gate_denies_is_taken_back_before_anyone_sees_it(
    office: Opened, flags: tuple[str, ...], change: Turn, allowed: bool
) -> None:
    with office(by_goal(planner(change))) as it:
        said = it.run(TASK, *SWARM, *flags)
        walls = it.tree(said)["walls.txt"]
        told = str(it.server.chats[-1].body["messages"])
    (decided,) = bodies(GateDecided)
    assert (decided.allowed, decided.delegation, decided.act) == (allowed, "1.1", "edit")
    assert walls == (change.calls[0][1]["content"].strip() if allowed else "brick")  # type: ignore[index]
    assert (decided.reason in told) is not allowed
    assert decided.counterfactual == (decided.without if allowed else decided.with_act)


def test_the_gates_verdicts_serve_for_the_effect_too(office: Opened, tmp_path: Path) -> None:
    """Both trees are judged three times by the gate; the planner's check and the run's verdict
    come to that, and nothing for the effect."""
    runs = tmp_path / "runs"
    test = f"echo run >> {runs}; grep -q mortar walls.txt"
    with office(by_goal(planner(HELP))) as it:
        said = it.run(TASK, *SWARM, "--gate", "evidence", "--test", test)
        assert said.code == 0, said
    (effect,) = bodies(EffectMeasured)
    assert (effect.effect, effect.repeats) == ("helpful", 3)
    assert len(runs.read_text().splitlines()) == 3 + 3 + 1 + 1


@pytest.mark.parametrize(("chosen", "allowed"), [("brick and mortar", True), ("brick", False)])
def test_judges_decide_each_in_a_context_of_its_own(
    office: Opened, chosen: str, allowed: bool
) -> None:
    with office(with_judges(planner(HELP), f"{chosen}\n")) as it:
        said = it.run(TASK, *SWARM, "--gate", "vote", "--judges", "3")
        assert said.code == 0, said.err
        judged = [c.body for c in it.server.chats if "two versions" in str(c.body["messages"][0])]
    assert all(len(body["messages"]) == 2 and "tools" not in body for body in judged)
    (decided,) = bodies(GateDecided)
    assert (decided.allowed, decided.votes) == (allowed, (allowed,) * 3)
    judges = [e.agent_id for e in events() if isinstance(e.body, AgentStarted)][2:]
    assert judges == ["1.1.judge1", "1.1.judge2", "1.1.judge3"]


@pytest.mark.parametrize("steps", [7, 8, 9, 10])
def test_resumed_no_judge_is_asked_again_and_the_quota_still_holds(
    office: Opened, steps: int
) -> None:
    acts = [HELP, HARM]
    with office(with_judges(planner(*acts), "brick and mortar\n")) as it:
        flags = ("--gate", "vote", "--max-overrides", "1")
        assert it.run(TASK, *SWARM, *flags, "--max-steps", str(steps)).code == 4
        said = it.again("--max-steps", "50")
        assert said.code == 0, said.err
        assert it.tree(said)["walls.txt"] == "brick and mortar"
    assert [(one.allowed, one.gate) for one in bodies(GateDecided)] == [
        (True, "vote"),
        (False, "quota"),
    ]
    replies = [e for e in events() if isinstance(e.body, ModelReplied)]
    assert sum(".judge" in reply.agent_id for reply in replies) == 3


def test_a_rejection_that_the_gate_denies_lets_the_proposal_land(office: Opened) -> None:
    turns = [*BEGIN[:2], act("reject", of="walls", reason="not mine"), finish("ok"), finish("ok")]
    with office(by_goal({**CODER, TASK: turns})) as it:
        said = it.run(TASK, *SWARM, "--gate", "lottery", "--override-lottery", "1")
        assert it.tree(said)["walls.txt"] == "brick"
    (decided,) = bodies(GateDecided)
    assert (decided.act, decided.stated, decided.allowed) == ("discard", "not mine", False)
    assert decided.draw is not None
