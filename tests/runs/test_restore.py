"""`restore`: the child's version after all, and nothing that came later is lost for it."""

from agentcli.journal.events import Landed, LedgerEntry, Restored
from tests.cli.conftest import Said
from tests.runs.conftest import Office, Opened, bodies
from tests.runs.scripts import act, bash, brief, by_goal, finish, write
from tests.support.scripted_server import Turn

TASK, ADDING, LATER = "build the calculator", "write the adding part", "write what comes later"
BELOW = "\n\nLIMIT = 10\nSTEP = 1\n"
ADDS = "def add(a, b):\n    total = a + b\n    return total\n" + BELOW
MINE = "def add(x, y):\n    return x + y\n" + BELOW
TWICE = "\n\ndef twice(a):\n    result = a * 2\n    return result\n"
FLAGS = ("--mode", "swarm", "--policy", "turns", "-o", "json")
ACCEPTED = [act("wait"), act("accept")]


def swarm(it: Office) -> Said:
    said = it.run(TASK, *FLAGS)
    assert said.code == 0, said
    assert "rewrite" in {entry.kind for entry in bodies(LedgerEntry)}
    return said


def rewritten_then(later: Turn) -> dict[str, list[Turn]]:
    """The planner rewrites what a coder made, and another coder goes on from there."""
    return {
        ADDING: [write("add.py", ADDS), finish("it adds")],
        LATER: [later, finish("later")],
        TASK: [
            act("assign", briefs=[brief("add", ADDING, "add.py")]),
            *ACCEPTED,
            write("add.py", MINE),
            act("assign", briefs=[brief("later", LATER)], reason="more is needed"),
            *ACCEPTED,
            finish("both"),
        ],
    }


def test_later_work_on_other_lines_of_the_file_is_kept(office: Opened) -> None:
    later = bash(f"printf '%s' '{TWICE}' >> add.py")
    with office(by_goal(rewritten_then(later))) as it:
        said = swarm(it)
        assert it.desk.type("restore", "last", "1").code == 0
        assert it.tree(said)["add.py"] == (ADDS + TWICE).strip()


def test_later_work_on_the_same_lines_is_in_the_way_and_nothing_is_changed(
    office: Opened,
) -> None:
    later = write("add.py", "def add(*numbers):\n    return sum(numbers)\n")
    with office(by_goal(rewritten_then(later))) as it:
        said = swarm(it)
        before = it.desk.git("for-each-ref"), it.desk.files(), len(bodies(Landed))
        refused = it.desk.type("restore", "last", "1")
        assert refused.code == 2
        run = said.json["run"]
        assert refused.err.strip().splitlines() == [
            "agentcli: Later work changed the same lines of add.py. Nothing was changed. "
            "Put it in by hand; both versions side by side: "
            f"agentcli overrides {run} --diff 1 --side-by-side"
        ]
        assert (it.desk.git("for-each-ref"), it.desk.files(), len(bodies(Landed))) == before
    assert bodies(Restored) == []


def test_a_version_that_its_parent_wrote_instead_of_takes_its_place(office: Opened) -> None:
    """The proposal was thrown away and its file written by the planner: it was never merged."""
    script = rewritten_then(Turn("I do nothing."))
    script[TASK] = [
        script[TASK][0],
        act("wait"),
        act("reject", reason="I do it"),
        write("add.py", MINE),
        write("notes.txt", "mine\n"),
        finish("alone"),
    ]
    with office(by_goal(script)) as it:
        said = it.run(TASK, *FLAGS)
        (entry,) = bodies(LedgerEntry)
        assert (entry.kind, entry.expected) == ("takeover", None)
        assert it.desk.type("restore", "last", "1").code == 0
        tree = it.tree(said)
    assert (tree["add.py"], tree["notes.txt"]) == (ADDS.strip(), "mine")


def test_a_persons_commits_on_the_runs_branch_stay_where_they_are(office: Opened) -> None:
    with office(by_goal(rewritten_then(bash("echo later > later.txt")))) as it:
        branch = swarm(it).json["branch"]
        git = it.desk.git
        own = git("commit-tree", f"{branch}^{{tree}}", "-p", branch, "-m", "my own")
        git("update-ref", f"refs/heads/{branch}", own)
        done = it.desk.type("restore", "last", "1", "--json").json
        assert done["branch"] == f"{branch}-2"
        assert git("rev-parse", branch) == own
        assert git("show", f"{branch}-2:add.py") == ADDS.strip()


def test_until_it_is_tested_the_verdict_is_said_to_be_of_the_commit_before(
    office: Opened,
) -> None:
    test = "python3 -c 'from add import add; assert add(1, 2) == 3'"
    with office(by_goal(rewritten_then(bash("echo later > later.txt")))) as it:
        said = it.run(TASK, *FLAGS, "--test", test)
        assert said.code == 0, said
        assert "not tested since" not in it.desk.type("show", "last").out
        landed = said.json["commit"]
        told = it.desk.type("restore", "last", "1").out
        assert f"Not tested: the run's verdict is of {landed[:10]}" in told
        assert told.rstrip().endswith(f", then test it: {test}")
        shown = it.desk.type("show", "last")
        assert f"verdict is of {landed[:10]}; not tested since the restore" in shown.out
        now = it.desk.type("show", "last", "--json").json
    assert (now["verdict_commit"], now["commit"] != landed) == (landed, True)
