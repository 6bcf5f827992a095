"""What holds of every overwrite fraction, whatever the child wrote and the parent did with it."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from agentcli.delegation.ledger.detect import detect
from agentcli.journal.ledger_events import DelegationMeasured
from tests.delegation.corpus.edits import Edit, delete, write
from tests.delegation.corpus.history import Child, History
from tests.delegation.corpus.labels import by_delegation, laws
from tests.delegation.corpus.programs import PROGRAMS
from tests.delegation.corpus.repository import Repository

PATH, OTHER = "src/made.py", "src/elsewhere.py"
Act = Callable[[History, Child], object]

words = st.sampled_from(("total", "size", "found", "left", "share", "rate", "price"))
statements = st.builds("{} = {} + {}".format, words, words, st.integers(0, 99))
bodies = st.lists(statements, min_size=1, max_size=5)
# Several functions, each under a name of its own.
programs = st.lists(bodies, min_size=1, max_size=4)


def written(program: list[list[str]], indent: str = "    ") -> str:
    return "\n\n".join(
        "\n".join([f"def work_{number}(value):", *(indent + line for line in body)])
        for number, body in enumerate(program)
    )


def measured(program: list[list[str]], act: Act, merges: bool = True) -> DelegationMeasured:
    """The measures of a child that wrote this program, after the parent's act."""
    with tempfile.TemporaryDirectory() as directory:
        history = History(Repository(Path(directory) / "run.git"), PROGRAMS[0])
        child = history.delegates()
        child.writes(write(PATH, written(program)))
        child.proposes()
        if merges:
            history.lands(child)
        act(history, child)
        child.closes()
        record = history.record()
        ledger = detect(record, history.repository.git)
        parts = (record, ledger.interruptions, ledger.entries, ledger.delegations)
        assert not list(laws(record, child.name, by_delegation(*parts)[child.name]))
        return ledger.delegations[0]


def by_parent(*edits: Edit) -> Act:
    return lambda history, _: history.parent(*edits)


def on_top_of_others(history: History, child: Child) -> None:
    """The child rebases onto what the parent did elsewhere, and changes nothing of its own."""
    history.parent(write("README.md", "# Figures\n\nOthers work here too.\n"))
    child.rebases()
    child.proposes()
    history.lands(child)


fast = settings(max_examples=15, deadline=None)


@fast
@given(programs, programs)
def test_the_fraction_is_a_share_and_the_units_add_up(
    program: list[list[str]], instead: list[list[str]]
) -> None:
    found = measured(program, by_parent(write(PATH, written(instead) + "\n")))
    assert 0 <= found.fractions.end <= 1
    assert found.kept + found.changed + found.removed == found.units


@fast
@given(programs)
def test_a_re_indent_costs_nothing(program: list[list[str]]) -> None:
    found = measured(program, by_parent(write(PATH, written(program, "\t\t"))))
    assert (found.fractions.end, found.kept) == (0, found.units)


@fast
@given(programs)
def test_a_move_costs_nothing(program: list[list[str]]) -> None:
    found = measured(program, by_parent(delete(PATH), write(OTHER, written(program))))
    assert (found.fractions.end, found.kept) == (0, found.units)


@fast
@given(programs)
def test_a_squash_costs_nothing(program: list[list[str]]) -> None:
    found = measured(program, by_parent(write(PATH, written(program))), merges=False)
    assert (found.fractions.end, found.kept, found.overridden) == (0, found.units, False)


@fast
@given(programs)
def test_a_rebase_without_a_change_costs_nothing(program: list[list[str]]) -> None:
    found = measured(program, on_top_of_others, merges=False)
    assert (found.fractions.end, found.kept, found.overridden) == (0, found.units, False)


@fast
@given(programs)
def test_replacing_everything_overwrites_everything(program: list[list[str]]) -> None:
    found = measured(program, by_parent(write(PATH, "class Other:\n    pass\n")))
    assert (found.fractions.end, found.kept) == (1, 0)


@fast
@given(programs)
def test_deleting_everything_overwrites_everything(program: list[list[str]]) -> None:
    found = measured(program, by_parent(delete(PATH)))
    assert (found.fractions.end, found.removed) == (1, found.units)
