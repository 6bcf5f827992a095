"""A run ends with its override ledger: found from trees, measured, shown, and taken back."""

import json
import re

import pytest

from agentcli.ids import RUN_STREAM
from agentcli.journal.events import (
    DelegationMeasured,
    EffectMeasured,
    LedgerEntry,
    LedgerFailed,
    RunEnded,
    Verified,
)
from agentcli.journal.store import Journal
from agentcli.runs.places import run_lock
from tests.cli.conftest import Said
from tests.runs.conftest import Office, Opened, bodies, events
from tests.runs.scripts import bash, by_goal, delegate, finish, write
from tests.support.scripted_server import Turn

ROOT, CHILD = "build the calculator", "write the adding part"
ADDS = (
    "def add(a, b):\n    total = a + b\n    return total\n\n\ndef twice(a):\n    return add(a, a)\n"
)
BREAKS = "def add(x, y):\n    return x - y\n\n\ndef twice(x):\n    return 3 * x\n"
TEST = "python3 -c 'from add import *; assert add(2, 3) == 5 and twice(4) == 8'"
FLAGS = ("--test", TEST, "-o", "json")
TRY = [bash("ls"), bash("cat a.py")]


def overwrites(*after: Turn) -> Office:
    """A parent that writes its own version over what its child made."""
    child = [write("add.py", ADDS), finish("it adds")]
    rewrite = Turn("My way is shorter.", [("write", {"path": "add.py", "content": BREAKS})])
    # The check fails on its own version, so it ends with an honest word.
    root = [*TRY, delegate(CHILD), rewrite, *after, finish("my way", "partial")]
    return by_goal({CHILD: child, ROOT: root})  # type: ignore[return-value]


def run(it: Office) -> Said:
    said = it.run(ROOT, *FLAGS)
    assert said.code == 1, said.err
    assert bodies(LedgerFailed) == []
    return said


def test_a_parents_rewrite_is_found_and_its_effect_is_harmful(office: Opened) -> None:
    with office(overwrites()) as it:
        run(it)
    (entry,) = bodies(LedgerEntry)
    assert (entry.kind, entry.parent, entry.child) == ("rewrite", "1", "1.1")
    assert entry.paths == ("add.py",)
    assert entry.reason == "My way is shorter."
    assert entry.parent_step == 4
    (effect,) = bodies(EffectMeasured)
    assert (effect.number, effect.effect) == (1, "harmful")
    assert (effect.expected_passed, effect.final_passed) == (True, False)
    (measured,) = bodies(DelegationMeasured)
    assert measured.overridden
    assert measured.autonomous is False


def test_a_parent_that_weakens_the_tests_is_judged_by_those_of_before(office: Opened) -> None:
    weaker = write("test_add.py", "from add import *\n")
    with office(overwrites(weaker)) as it:
        (it.desk.repo / "test_add.py").write_text("from add import *\n\nassert add(2, 3) == 5\n")
        said = it.run(ROOT, "--test", "python3 test_add.py", "-o", "json")
        assert it.tree(said)["test_add.py"] == "from add import *"
    (effect,) = bodies(EffectMeasured)
    assert effect.effect == "harmful"


def test_the_commit_that_overrides_says_whose_work_in_a_trailer(office: Opened) -> None:
    with office(overwrites()) as it:
        branch = run(it).json["branch"]
        form = "--format=%(trailers:key=Agentcli-Agent,valueonly,separator=)/"
        form += "%(trailers:key=Agentcli-Overrides,valueonly,separator=)"
        assert it.desk.git("log", "-2", form, branch).splitlines() == ["1/1.1", "1.1/"]


def test_show_has_a_section_for_it(office: Opened) -> None:
    with office(overwrites()) as it:
        run(it)
        assert "overridden 1 of 1" in it.desk.type("show", "last").out
        shown = it.desk.type("show", "last", "--json").json["ledger"]
        assert (shown["overrides"], shown["effects"]) == (1, {"harmful": 1})


def test_the_ledger_comes_after_the_verdict_and_before_the_end(office: Opened) -> None:
    with office(overwrites()) as it:
        run(it)
    of_run = [type(event.body) for event in events() if event.agent_id == RUN_STREAM]
    place = of_run.index(LedgerEntry)
    assert of_run.index(Verified) < place < of_run.index(RunEnded)


def test_work_that_stands_is_autonomous_and_costs_no_verdicts(office: Opened) -> None:
    child = [write("add.py", ADDS), finish("it adds")]
    root = [*TRY, delegate(CHILD), finish("done")]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        said = it.run(ROOT, *FLAGS)
        assert said.code == 0, said.err
    assert bodies(LedgerEntry) == bodies(EffectMeasured) == bodies(LedgerFailed) == []
    (measured,) = bodies(DelegationMeasured)
    assert measured.autonomous


def test_without_a_test_command_nothing_is_measured(office: Opened) -> None:
    with office(overwrites()) as it:
        it.run(ROOT, "-o", "json")
        assert len(bodies(LedgerEntry)) == 1
        assert bodies(EffectMeasured) == []
        assert "not measured" in it.desk.type("overrides", "last").out


def test_overrides_shows_a_row_for_each_and_a_summary(office: Opened) -> None:
    with office(overwrites()) as it:
        run(it)
        out = it.desk.type("overrides", "last").out
        row = re.search(r"^1 +1 → 1.1 +step 4 .* rewrite .* harmful\n +“(.*)”$", out, re.MULTILINE)
        assert row is not None
        assert row[1] == "My way is shorter."
        assert "overridden 1 of 1" in out
        assert "buggy as it was: 0 of 1" in out
        assert "children wrote 5 of 9 units (56%), coordination took" in out
        assert "role flips 0, flake replies 0, loops 0, write conflicts 0" in out
        data = it.desk.type("overrides", "last", "--json").json
        assert data["overrides"][0]["effect"]["effect"] == "harmful"
        assert data["rates"]["overridden"]["n"] == 1
        assert data["rates"]["bugs"]["broke"] == 1
        assert data["companions"]["delegations"] == 1
        assert data["rates"]["delegation_rate"] == {"hits": 5, "n": 9, "value": 5 / 9}
        assert data["lottery"]["allowed"]["n"] == 0


def test_diff_shows_the_childs_version_against_the_parents(office: Opened) -> None:
    with office(overwrites()) as it:
        run(it)
        patch = it.desk.type("overrides", "last", "--diff", "1").out
        assert "-    total = a + b" in patch
        assert "+    return x - y" in patch
        columns = it.desk.type("overrides", "last", "--diff", "1", "--side-by-side").out
        assert re.search(r"def add\(a, b\): +def add\(x, y\):", columns)
        said = it.desk.type("overrides", "last", "--diff", "7")
        assert (said.code, "no override 7" in said.err) == (2, True)


def test_restore_takes_the_childs_version_and_apply_brings_it(office: Opened) -> None:
    with office(overwrites(write("notes.txt", "later work\n"))) as it:
        branch = run(it).json["branch"]
        old = it.desk.git("rev-parse", branch)
        said = it.desk.type("restore", "last", "1", "--json").json
        assert (said["branch"], [c["path"] for c in said["changes"]]) == (branch, ["add.py"])
        assert it.desk.git("show", f"{branch}:add.py") == ADDS.strip()
        assert it.desk.git("show", f"{branch}:notes.txt") == "later work"
        assert it.desk.git("rev-parse", f"{branch}^") == old
        trailers = it.desk.git("log", "-1", "--format=%(trailers)", branch).splitlines()
        assert "Agentcli-Overrides: 1" in trailers
        assert "Agentcli-Delegation: 1.1" in trailers
        assert it.desk.type("apply", "last").code == 0
        assert it.desk.files()["add.py"] == ADDS
        assert "restored" in it.desk.type("overrides", "last").out
        assert "total = a + b" in it.desk.type("diff", "last").out
        again = it.desk.type("restore", "last", "1")
        assert (again.code, "stands already" in again.err) == (2, True)


def test_what_was_applied_is_undone_before_the_restored_version_comes(office: Opened) -> None:
    with office(overwrites()) as it:
        run(it)
        it.desk.type("apply", "last")
        it.desk.type("restore", "last", "1")
        assert "agentcli undo" in it.desk.type("apply", "last").err
        it.desk.type("undo", "last")
        assert it.desk.type("apply", "last").code == 0
        assert it.desk.files()["add.py"] == ADDS


def test_git_log_shows_the_ledger_and_rm_takes_it_away(office: Opened) -> None:
    with office(overwrites()) as it:
        branch = run(it).json["branch"]
        notes = it.desk.git("log", "--notes=agentcli", "--format=%N", f"main..{branch}")
        lines = [json.loads(line) for line in notes.splitlines() if line]
        assert {line["type"] for line in lines} == {"run", "override", "proposal"}
        override = next(line for line in lines if line["type"] == "override")
        assert (override["kind"], override["effect"]) == ("rewrite", "harmful")
        it.desk.type("rm", "last")
        assert it.desk.git("for-each-ref", "refs/notes/agentcli") != ""  # its history stays
        assert it.desk.git("ls-tree", "refs/notes/agentcli") == ""


def test_an_interrupted_runs_ledger_is_found_when_it_is_asked_for(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office(overwrites()) as it:
        it.run(ROOT, *FLAGS, "--max-steps", "6")
        with Journal() as journal:
            run_id = journal.run_ids()[0]
        assert bodies(RunEnded)[0].status == "limit"
        assert len(bodies(LedgerEntry)) == 1
        assert it.desk.type("overrides", run_id).code == 0
        assert it.again("--max-steps", "50").code == 1
        view = it.desk.type("overrides", "last", "--json").json
        assert [entry["number"] for entry in view["overrides"]] == [1]


def test_while_effects_are_measured_overrides_says_so(office: Opened) -> None:
    with office(overwrites()) as it:
        run_id = run(it).json["run"]
        known = events()
        done = next(n for n, event in enumerate(known) if isinstance(event.body, EffectMeasured))
        with Journal() as journal:  # as it was just before
            journal.delete_run(run_id)
            journal.import_run(known[:done])
        with run_lock(run_id):
            said = it.desk.type("overrides", run_id).out
        assert "effect: being measured" in said
        assert "not measured" not in said


def test_the_short_words_are_explained_where_numbers_are_shown(office: Opened) -> None:
    with office(overwrites()) as it:
        run(it)
        last = it.desk.type("overrides", "last").out.splitlines()[-1]
    assert last.startswith("units: definitions or lines a child wrote")
    assert "looks: the parent's calls that could see them" in last
    assert last.endswith("docs/overrides.md")
