"""What holds of every overwrite fraction, whatever the child wrote and the parent did with it.

In three languages with a grammar and one without, and in several files at once.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentcli.delegation.ledger.detect import detect
from agentcli.journal.ledger_events import DelegationMeasured
from tests.delegation.corpus.edits import Edit, delete, write
from tests.delegation.corpus.history import Child, History
from tests.delegation.corpus.labels import by_delegation, laws
from tests.delegation.corpus.programs import PROGRAMS, Program
from tests.delegation.corpus.repository import Repository

Act = Callable[[History, Child], object]
Body = list[tuple[str, str, int]]  # of a function: what is assigned, from what, plus a number
Made = list[list[Body]]  # files of functions


@dataclass(frozen=True)
class Dialect:
    """How a language writes what the properties are about."""

    program: Program
    head: str
    statement: str
    foot: str = "}"
    first: str = ""  # line of a file
    other: str = "other = 1"  # what has nothing in common with any of it

    def files(self, made: Made, folder: str = "src", indent: str = "    ") -> list[Edit]:
        return [
            write(self.path(number, folder), self._file(number, functions, indent))
            for number, functions in enumerate(made)
        ]

    def path(self, number: int, folder: str = "src") -> str:
        return f"{folder}/made_{number}.{self.program.suffix}"

    def _file(self, file: int, functions: list[Body], indent: str) -> str:
        parts = [self.first] if self.first else []
        for number, body in enumerate(functions):
            lines = [self.head.format(f"work_{file}_{number}")]
            lines += [indent + self.statement.format(*one) for one in body]
            parts.append("\n".join([*lines, self.foot] if self.foot else lines))
        return "\n\n".join(parts) + "\n"


DIALECTS = [
    Dialect(PROGRAMS[0], "def {}(value):", "{} = {} + {}", foot=""),
    Dialect(PROGRAMS[1], "function {}(value: number) {{", "{} = {} + {};", other="let other = 1;"),
    Dialect(PROGRAMS[2], "func {}() {{", "{} = {} + {}", first="package made", other="package x"),
    Dialect(PROGRAMS[3], "{}() {{", "{}=$(({} + {}))", other="echo other"),
]

words = st.sampled_from(("total", "size", "found", "left", "share", "rate", "price"))
bodies = st.lists(st.tuples(words, words, st.integers(0, 99)), min_size=1, max_size=4)
programs = st.lists(st.lists(bodies, min_size=1, max_size=3), min_size=1, max_size=3)

fast = settings(max_examples=8, deadline=None)
in_every_language = pytest.mark.parametrize(
    "dialect", DIALECTS, ids=lambda dialect: dialect.program.language
)


def measured(dialect: Dialect, made: Made, act: Act, merges: bool = True) -> DelegationMeasured:
    """The measures of a child that wrote these files, after the parent's act."""
    with tempfile.TemporaryDirectory() as directory:
        history = History(Repository(Path(directory) / "run.git"), dialect.program)
        child = history.delegates()
        child.writes(*dialect.files(made))
        child.proposes()
        if merges:
            history.lands(child)
        act(history, child)
        child.closes()
        record = history.record()
        ledger = detect(record, history.repository.git)
        parts = (record, ledger.interruptions, ledger.entries, ledger.delegations)
        assert not list(laws(record, child.name, by_delegation(*parts)[child.name]))
        (found,) = ledger.delegations
        assert found.kept + found.changed + found.removed == found.units > 0
        return found


def by_parent(*edits: Edit) -> Act:
    return lambda history, _: history.parent(*edits)


def each(made: Made, edit: Callable[[int], Edit]) -> list[Edit]:
    """An edit of every file."""
    return [edit(number) for number in range(len(made))]


def on_top_of_others(history: History, child: Child) -> None:
    """The child rebases onto what the parent did elsewhere, and changes nothing of its own."""
    history.parent(write("README.md", "# Figures\n\nOthers work here too.\n"))
    child.rebases()
    child.proposes()
    history.lands(child)


@in_every_language
@fast
@given(programs, programs)
def test_the_fraction_is_a_share(dialect: Dialect, made: Made, instead: Made) -> None:
    found = measured(dialect, made, by_parent(*dialect.files(instead, indent="\t")))
    assert 0 <= found.fractions.end <= 1  # type: ignore[operator]


@in_every_language
@fast
@given(programs)
def test_a_re_indent_costs_nothing(dialect: Dialect, made: Made) -> None:
    found = measured(dialect, made, by_parent(*dialect.files(made, indent="\t\t")))
    assert (found.fractions.end, found.kept) == (0, found.units)


@in_every_language
@fast
@given(programs)
def test_a_move_costs_nothing(dialect: Dialect, made: Made) -> None:
    gone = each(made, lambda number: delete(dialect.path(number)))
    found = measured(dialect, made, by_parent(*gone, *dialect.files(made, "lib")))
    assert (found.fractions.end, found.kept) == (0, found.units)


@in_every_language
@fast
@given(programs)
def test_a_squash_costs_nothing(dialect: Dialect, made: Made) -> None:
    found = measured(dialect, made, by_parent(*dialect.files(made)), merges=False)
    assert (found.fractions.end, found.kept, found.overridden) == (0, found.units, False)


@in_every_language
@fast
@given(programs)
def test_a_rebase_without_a_change_costs_nothing(dialect: Dialect, made: Made) -> None:
    found = measured(dialect, made, on_top_of_others, merges=False)
    assert (found.fractions.end, found.kept, found.overridden) == (0, found.units, False)


@in_every_language
@fast
@given(programs)
def test_replacing_everything_overwrites_everything(dialect: Dialect, made: Made) -> None:
    other = each(made, lambda number: write(dialect.path(number), f"{dialect.other}\n"))
    found = measured(dialect, made, by_parent(*other))
    assert (found.fractions.end, found.kept) == (1, 0)


@in_every_language
@fast
@given(programs)
def test_deleting_everything_overwrites_everything(dialect: Dialect, made: Made) -> None:
    gone = each(made, lambda number: delete(dialect.path(number)))
    found = measured(dialect, made, by_parent(*gone))
    assert (found.fractions.end, found.removed) == (1, found.units)


@in_every_language
@fast
@given(programs)
def test_overwriting_one_file_of_several_overwrites_its_units_alone(
    dialect: Dialect, made: Made
) -> None:
    whole = measured(dialect, made, by_parent(write("notes.txt", "fine\n")))
    rest = (
        measured(dialect, made[1:], by_parent(write("notes.txt", "fine\n"))) if made[1:] else None
    )
    found = measured(dialect, made, by_parent(delete(dialect.path(0))))
    assert found.units == whole.units
    assert found.kept == (rest.units if rest else 0)
