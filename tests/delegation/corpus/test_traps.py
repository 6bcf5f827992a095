"""The trap table of the definitions page (docs/overrides.md), row by row.

First the rows as they were measured there, with 14 lines of a child's; then where the corpus holds
each trap in all its languages, and what exactly comes of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agentcli.delegation.ledger.detect import Ledger, detect
from tests.delegation.corpus.edits import change, delete, swap, write
from tests.delegation.corpus.history import Child, History
from tests.delegation.corpus.programs import PROGRAMS, reindented, renamed
from tests.delegation.corpus.repository import Repository
from tests.delegation.corpus.test_corpus import CORPUS, told

PATH, OTHER = "src/rates.py", "src/elsewhere.py"
LINES = ["def rate(price, share):", "    total = price"]
LINES += [f"    total = total + share * {n}" for n in range(11)] + ["    return total"]
FOURTEEN = "\n".join(LINES) + "\n"


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(Repository(tmp_path / "run.git"), PROGRAMS[0])


def proposed(history: History) -> Child:
    child = history.delegates()
    child.writes(write(PATH, FOURTEEN))
    child.proposes()
    return child


def landed(history: History) -> Child:
    child = proposed(history)
    history.lands(child)
    return child


def surviving(history: History, child: Child) -> tuple[int, list[str]]:
    """How many of the 14 lines are the child's still, and what was found."""
    if child.work.closed is None:
        child.closes()
    ledger = detect(history.record(), history.repository.git)
    (measured,) = ledger.delegations
    assert measured.units == 14
    return measured.kept, [entry.kind for entry in ledger.entries]


def test_re_indent_only(history: History) -> None:
    child = landed(history)
    history.parent(change(PATH, reindented))
    assert surviving(history, child) == (14, ["format"])


def test_move_to_another_file(history: History) -> None:
    child = landed(history)
    history.parent(delete(PATH), write(OTHER, FOURTEEN))
    assert surviving(history, child) == (14, ["move"])


def test_rename_one_variable(history: History) -> None:
    child = landed(history)
    history.parent(change(PATH, lambda text: renamed(text, "total", "summed")))
    assert surviving(history, child) == (14, ["format"])


def test_squash(history: History) -> None:
    child = proposed(history)
    history.parent(write(PATH, FOURTEEN))
    assert surviving(history, child) == (14, [])


def test_edit_inside_a_merge_commit(history: History) -> None:
    child = proposed(history)
    history.lands(child, swap(PATH, "share * 7", "share * 70"))
    assert surviving(history, child) == (13, ["amend"])


def test_branch_deleted_and_garbage_collected(history: History) -> None:
    child = proposed(history)
    child.closes("discarded")
    history.repository.git.run("gc", "--quiet", "--prune=now")
    assert surviving(history, child) == (0, ["discard"])


@dataclass(frozen=True)
class Outcome:
    """What comes of a history, by child: kinds of entries, and the share of U that is kept."""

    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


def about(*kinds: str, kept: str = "all") -> Outcome:
    """The outcome of a history with one child."""
    return Outcome({"a": kinds} if kinds else {}, {"a": kept})


TRAPS: dict[str, dict[str, Outcome]] = {  # trap → the corpus's cases → outcome
    "re-indent only": {"format_by_the_parent": about("format")},
    "move to another file": {
        "move_to_another_file": about("move"),
        "moved_and_changed_on_the_way": about("amend", kept="some"),
    },
    "rename one variable": {
        "one_local_variable_renamed": about("format"),
        "one_variable_renamed_without_a_grammar": about("amend", kept="some"),
        "another_variable_used_instead": about("amend", kept="some"),
    },
    "squash": {"squashed_by_the_parent": about()},
    "edit inside a merge commit": {"amend_inside_the_merge_commit": about("amend", kept="some")},
    "branch deleted, gc": {
        "collected_after_the_branch_was_deleted": about("discard", kept="none"),
    },
    "two children on one line": {
        "one_line_by_two_children_in_turn": Outcome({}, {"a": "none", "y": "all"}),
        "one_line_by_two_children_at_once": Outcome(
            {"y": ("conflict_fix",)}, {"a": "none", "y": "all"}
        ),
        "one_line_by_two_children_and_then_the_parent": Outcome(
            {"y": ("rewrite",)}, {"a": "none", "y": "none"}
        ),
    },
    "rebased proposals": {
        "rebased_proposal": Outcome({}, {"a": "all", "y": "all"}),
        "rebased_proposal_and_the_siblings_amended": Outcome(
            {"y": ("rewrite",)}, {"a": "all", "y": "none"}
        ),
    },
    # What the verifier makes of it: tests/runs/test_ledger.py, tests/tasks/test_verifier.py.
    "a parent editing tests": {
        "tests_of_the_childs_own_weakened": about("amend", kept="some"),
    },
    "a child deleting tests": {
        "tests_deleted_by_the_child_and_left": about(),
        "tests_deleted_by_the_child_and_restored": about("amend", kept="some"),
    },
    "renames": {
        "move_of_the_file": about("move"),
        "file_renamed_by_the_child": about("integration_fix"),
        "file_renamed_by_the_child_and_amended": about("amend", kept="some"),
        "rewritten_after_the_file_was_renamed": about("move", "rewrite", kept="none"),
    },
    "binary files": {
        "binary_file_moved": about("move"),
        "binary_file_replaced": about("rewrite", kept="none"),
        "binary_file_deleted": about("revert", kept="none"),
    },
    "submodules": {
        "submodule_left_alone": about("amend", kept="some"),
        "submodule_set_back": about("revert", kept="none"),
        "submodule_moved_elsewhere": about("rewrite", kept="none"),
    },
}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        pytest.param(name, outcome, id=f"{trap}: {name}")
        for trap, cases in TRAPS.items()
        for name, outcome in cases.items()
    ],
)
def test_the_corpus_holds_the_trap_and_nobody_falls_into_it(
    name: str, outcome: Outcome, tmp_path: Path
) -> None:
    variants = [one for one in CORPUS if one.case.name == name and not one.shared]
    assert variants, f"the corpus has no {name}"
    for variant in variants:
        history = told(variant, tmp_path / variant.program.language)
        found = outcome_of(detect(history.record(), history.repository.git))
        assert found == outcome, str(variant)


def outcome_of(ledger: Ledger) -> Outcome:
    kinds: dict[str, tuple[str, ...]] = {}
    for entry in ledger.entries:
        kinds[entry.delegation] = (*kinds.get(entry.delegation, ()), entry.kind)
    kept = {}
    for one in ledger.delegations:
        kept[one.delegation] = {0: "none", one.units: "all"}.get(one.kept, "some")
    return Outcome(kinds, kept)
