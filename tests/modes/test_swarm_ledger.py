"""The override ledger of a swarm: what a planner did to its coders' work."""

from agentcli.journal.events import (
    DelegationMeasured,
    EffectMeasured,
    GateDecided,
    LedgerEntry,
    LedgerFailed,
)
from tests.runs.conftest import Office, Opened, bodies
from tests.runs.scripts import act, brief, by_goal, finish, write
from tests.support.scripted_server import Turn

TASK, ADDING, DOUBLING = "build the calculator", "write the adding part", "write the doubling part"
ADDS = "def add(a, b):\n    total = a + b\n    return total\n"
TWICE = "def twice(a):\n    result = a * 2\n    return result\n"
BREAKS = "def add(x, y):\n    return x - y\n"
TEST = "python3 -c 'from add import *; assert add(2, 3) == 5'"
FLAGS = ("--mode", "swarm", "--policy", "turns", "--test", TEST, "-o", "json")


def test_a_rewrite_and_a_discard_are_told_apart_and_both_can_be_taken_back(
    office: Opened,
) -> None:
    plan = act(
        "assign", briefs=[brief("add", ADDING, "add.py"), brief("twice", DOUBLING, "twice.py")]
    )
    planner = [
        plan,
        act("wait"),
        act("wait"),
        act("accept", of="add"),
        act("reject", of="twice", reason="not needed"),
        write("add.py", BREAKS),
        finish("my way", "partial"),
    ]
    coders = {
        ADDING: [write("add.py", ADDS), finish("it adds")],
        DOUBLING: [write("twice.py", TWICE, latency=0.3), finish("it doubles")],
    }
    with office(by_goal({**coders, TASK: planner})) as it:
        said = it.run(TASK, *FLAGS)
        assert said.code == 1, said
        assert bodies(LedgerFailed) == []
        discard, rewrite = bodies(LedgerEntry)
        assert (discard.kind, discard.child, discard.reason) == ("discard", "1.2", "not needed")
        assert (rewrite.kind, rewrite.child, rewrite.paths) == ("rewrite", "1.1", ("add.py",))
        effects = {body.number: body.effect for body in bodies(EffectMeasured)}
        assert effects == {1: "neutral", 2: "harmful"}
        assert [m.within_five for m in bodies(DelegationMeasured)] == [True, True]
        for number in ("1", "2"):
            done = it.desk.type("restore", "last", number, "--json")
            assert done.code == 0, done.err
        tree = it.tree(said)
        assert (tree["add.py"], tree["twice.py"]) == (ADDS.strip(), TWICE.strip())


def own_commits(it: Office, branch: str) -> list[str]:
    """The trailer `Agentcli-Overrides` of the planner's own commits, oldest first."""
    form = "--format=[%(trailers:key=Agentcli-Overrides,valueonly,separator=)]"
    mine = ("--topo-order", "--reverse", "--grep", "^Work of the planner$")
    return it.desk.git("log", *mine, form, branch).splitlines()


def planner_changes(*edits: Turn) -> dict[str, list[Turn]]:
    """A planner that takes `add`, makes its edits, and only then lets `twice` begin."""
    later = brief("twice", DOUBLING, "twice.py")
    return {
        ADDING: [write("add.py", ADDS), finish("it adds")],
        DOUBLING: [write("twice.py", TWICE), finish("it doubles")],
        TASK: [
            act("assign", briefs=[brief("add", ADDING, "add.py")]),
            act("wait"),
            act("accept", of="add"),
            *edits,
            act("assign", briefs=[later], reason="the next part"),
            act("wait"),
            act("accept", of="twice"),
            finish("both", "partial"),
        ],
    }


def test_an_edit_that_the_gate_let_through_is_no_override_by_that(office: Opened) -> None:
    """It adds a function of the planner's own beside the coder's."""
    beside = write("add.py", ADDS + "\n\ndef zero():\n    return 0\n")
    with office(by_goal(planner_changes(beside))) as it:
        said = it.run(TASK, *FLAGS)
        assert own_commits(it, said.json["branch"]) == ["[]"]
    assert [decided.allowed for decided in bodies(GateDecided)] == [True]
    assert [entry.kind for entry in bodies(LedgerEntry)] == ["integration_fix"]


def test_a_commit_names_the_work_that_it_overrides_and_the_next_one_does_not(
    office: Opened,
) -> None:
    script = planner_changes(write("add.py", BREAKS))
    script[TASK].insert(-1, write("notes.txt", "all is well\n"))
    with office(by_goal(script)) as it:
        said = it.run(TASK, *FLAGS)
        assert own_commits(it, said.json["branch"]) == ["[1.1]", "[]"]
    assert [entry.kind for entry in bodies(LedgerEntry)] == ["rewrite"]


def test_work_that_came_later_is_no_effect_of_an_override(office: Opened) -> None:
    """The test needs both parts. At the merge of the first the second was not there yet."""
    test = f"{TEST[:-1]}; from twice import *; assert twice(4) == 8'"
    same = write("add.py", "def add(x, y):\n    return x + y\n")
    flags = ("--mode", "swarm", "--policy", "turns", "--test", test, "-o", "json")
    with office(by_goal(planner_changes(same))) as it:
        assert it.run(TASK, *flags).code == 0
        patch = it.desk.type("overrides", "last", "--diff", "1").out
    (effect,) = bodies(EffectMeasured)
    assert (effect.effect, effect.expected_passed, effect.final_passed) == ("neutral", True, True)
    assert "twice" not in patch
