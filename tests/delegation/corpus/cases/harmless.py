"""What is logged and is no override, and what isn't even logged."""

import re

from tests.delegation.corpus.case import case
from tests.delegation.corpus.edits import Edit, add, change, rename, swap, write
from tests.delegation.corpus.history import Child, History
from tests.delegation.corpus.labels import HARMLESS, UNDER_HALF, Heard
from tests.delegation.corpus.programs import Program, guarded, joined
from tests.delegation.corpus.scenes import (
    cuts_five,
    landed,
    later_sibling,
    proposed,
    reindents_five,
    swaps,
    swaps_all,
    writes_five,
)

_CONFLICT = re.compile(r"^<{7} [^\n]*\n(.*?)^={7}\n(.*?)^>{7} [^\n]*\n", re.MULTILINE | re.DOTALL)


@case(shared=True)
def revise_request_and_a_second_proposal(history: History) -> None:
    """The proposal goes back to its own child, whose next one lands as produced."""
    program = history.program
    child = proposed(history)
    act = child.hears("revise")
    old, new = program.piece("mean", "child"), program.piece("mean", "parent")
    child.writes(swap(program.path, old, new))  # the very lines that the parent would have taken
    child.proposes()
    history.lands(child)
    later_sibling(history)
    child.closes()
    child.expects(("revise_request", act))


@case(shared=True)
def conflict_fix_that_keeps_both(history: History) -> None:
    """Two children added at one place; only the marked hunk is touched, and all lines stay."""
    child = _in_conflict(history)
    act = history.lands(child, _resolved(history.program, r"\1\n\2"))
    later_sibling(history)
    child.closes()
    child.expects(("conflict_fix", act))


@case(shared=True)
def conflict_fix_that_drops_the_child(history: History) -> None:
    """The other side wins, but nothing outside the marked hunk is touched: a conflict fix."""
    program = history.program
    base, own = program.piece("limit", "base"), program.piece("limit", "child")
    other, child = history.delegates("y"), history.delegates()
    other.writes(swap(program.path, base, program.piece("limit", "sibling")))
    other.proposes()
    child.writes(writes_five(program), swap(program.path, base, own))
    child.proposes()
    history.lands(other)
    other.closes()
    act = history.lands(child, _resolved(program, r"\1"))
    later_sibling(history)
    child.closes()
    child.expects(("conflict_fix", act), integration=None, close=None, end=None)
    other.expects()


@case()
def conflict_fix_against_the_person(history: History) -> None:
    """A single child, in conflict with what the person did meanwhile; its line is taken."""
    program = history.program
    base, own = program.piece("limit", "base"), program.piece("limit", "child")
    child = history.delegates()
    child.writes(writes_five(program), swap(program.path, base, own))
    child.proposes()
    history.changes("person", swap(program.path, base, program.piece("limit", "parent")))
    act = history.lands(child, _resolved(program, r"\2"))
    child.closes()
    child.expects(("conflict_fix", act))


@case(shared=True)
def conflict_fix_with_an_edit_beside_it(history: History) -> None:
    """Looks like a conflict fix, but the same commit edits a function that did not conflict."""
    program = history.program
    base, own = program.piece("limit", "base"), program.piece("limit", "child")
    other, child = history.delegates("y"), history.delegates()
    other.writes(swap(program.path, base, program.piece("limit", "sibling")))
    other.proposes()
    child.writes(writes_five(program), swap(program.path, base, own))
    child.proposes()
    history.lands(other)
    other.closes()
    act = history.lands(child, _resolved(program, r"\2"), *swaps(program, "mean"))
    later_sibling(history)
    child.closes()
    less = UNDER_HALF
    child.expects(("amend", act), integration=less, close=less, end=less)
    other.expects(integration=None, close=None, end=None, may=HARMLESS)


@case(shared=True)
def integration_fix_inside_the_merge_commit(history: History) -> None:
    """An import and the wiring in another file: all outside U."""
    program = history.program
    child = proposed(history)
    act = history.lands(child, *_wiring(program))
    later_sibling(history)
    child.closes()
    child.expects(("integration_fix", act))


@case(shared=True)
def integration_fix_later(history: History) -> None:
    """The same, after the merge. With several children nothing says whose wiring it is."""
    child = landed(history)
    act = history.parent(*_wiring(history.program))
    child.closes()
    if not history.shared:
        child.expects(("integration_fix", act))
        return
    for one in history.children:
        one.expects(may=HARMLESS)


@case()
def another_function_beside_the_childs(history: History) -> None:
    """What the parent adds replaces nothing of U."""
    program = history.program
    child = landed(history)
    own = program.piece("product", "sibling")
    history.parent(add(program.path, own, after=program.piece("running", "child")))
    child.closes()
    child.expects(may=HARMLESS)


@case(["python", "shell"])
def elsewhere_altogether(history: History) -> None:
    """The parent writes where no child was asked to: nothing to log about anybody."""
    child = landed(history)
    history.parent(write("README.md", "# Figures\n\nNow with means.\n"))
    child.closes()
    child.expects(may=HARMLESS)


@case(shared=True)
def format_by_a_formatter(history: History) -> None:
    """A formatter re-indents the child's functions."""
    child = landed(history)
    act = history.changes("formatter", *reindents_five(history.program))
    child.closes()
    child.expects(("format", act))


@case(shared=True)
def format_by_the_parent(history: History) -> None:
    """The parent re-indents by hand: the same lines but for their white space."""
    child = landed(history)
    act = history.parent(*reindents_five(history.program))
    child.closes()
    child.expects(("format", act))


@case()
def format_that_breaks_lines(history: History) -> None:
    """A formatter's line breaks: no act of the parent's, so no unit is overwritten."""
    program = history.program
    old, new = program.piece("spread", "child"), program.piece("spread", "wrapped")
    child = landed(history)
    act = history.changes("formatter", swap(program.path, old, new))
    child.closes()
    child.expects(("format", act))


@case()
def format_of_line_ends(history: History) -> None:
    """Every line of the file ends in CR LF from now on."""
    program = history.program
    child = landed(history)
    act = history.parent(change(program.path, lambda text: text.replace("\n", "\r\n")))
    child.closes()
    child.expects(("format", act))


@case()
def format_by_blank_lines(history: History) -> None:
    """Blank lines and white space at the ends of lines."""
    program = history.program
    child = landed(history)
    old = program.piece("median", "child")
    act = history.parent(swap(program.path, old, "\n\n" + old.replace("\n", "  \n")))
    child.closes()
    child.expects(("format", act))


@case(shared=True)
def move_to_another_file(history: History) -> None:
    """The child's functions stand unchanged in a file of their own."""
    program = history.program
    child = landed(history)
    pieces = program.five("child")
    act = history.parent(cuts_five(program), write(program.other, joined(*pieces)))
    child.closes()
    child.expects(("move", act))


@case(shared=True)
def move_within_the_file(history: History) -> None:
    """The child's functions stand unchanged further up."""
    program = history.program
    child = landed(history)
    pieces = program.five("child")
    place = program.piece("limit", "base")
    act = history.parent(cuts_five(program), add(program.path, *pieces, after=place))
    child.closes()
    child.expects(("move", act))


@case()
def move_of_the_file(history: History) -> None:
    """The file gets another name."""
    program = history.program
    child = landed(history)
    act = history.parent(rename(program.path, program.other))
    child.closes()
    child.expects(("move", act))


@case(shared=True)
def user_edit_of_everything(history: History) -> None:
    """The person rewrites it all: that is not an agent overruling another."""
    child = landed(history)
    act = history.changes("person", *swaps_all(history.program))
    child.closes()
    child.expects(("user_edit", act))


@case()
def user_edit_and_then_the_parents(history: History) -> None:
    """The parent changes what the person had put there: it is no longer the child's."""
    program = history.program
    child = landed(history)
    act = history.changes("person", *swaps(program, "mean"))
    mine, guard = program.piece("mean", "parent"), program.piece("guard", "parent")
    history.parent(swap(program.path, mine, guarded(mine, guard)))
    child.closes()
    child.expects(("user_edit", act), may=HARMLESS)


@case(shared=True)
def superseded_by_a_new_plan(history: History) -> None:
    """The plan no longer holds the brief: logged, and no override."""
    child = proposed(history)
    later_sibling(history)
    history.parent_looks()
    act = child.closes("superseded")
    child.expects(("superseded_by_replan", act), integration="never", close=None, end=None)


@case(shared=True)
def unattributed_change(history: History) -> None:
    """Nobody knows who did it: said so, and held against nobody."""
    child = landed(history)
    act = history.changes("unknown", *swaps_all(history.program))
    child.closes()
    child.expects(("unattributed", act))


@case()
def unattributed_and_then_the_parents(history: History) -> None:
    """The parent amends one function after an unknown hand replaced another: only one is its."""
    program = history.program
    child = landed(history)
    unknown = history.changes("unknown", *swaps(program, "median"))
    act = history.parent(*swaps(program, "clamp"))
    child.closes()
    less = UNDER_HALF
    child.expects(("unattributed", unknown), ("amend", act), close=less, end=less)


@case(["python", "go"])
def superseded_while_it_worked(history: History) -> None:
    """A stop is an interruption, also when a new plan is the reason for it."""
    child = history.delegates()
    child.writes(writes_five(history.program), tokens=53)
    stop = child.hears("interrupt")
    act = child.closes("superseded")
    child.expects(
        ("superseded_by_replan", act),
        interruptions=(Heard("stop", stop, 53, early=False),),
        integration="never",
        close=None,
        end=None,
    )


def _in_conflict(history: History) -> Child:
    """A child whose five functions stand where another has just landed one."""
    program = history.program
    place = program.piece("largest", "base")
    other, child = history.delegates("y"), history.delegates()
    other.writes(add(program.path, program.piece("smallest", "sibling"), after=place))
    other.proposes()
    other.expects()
    child.writes(writes_five(program))
    child.proposes()
    history.lands(other)
    other.closes()
    return child


def _resolved(program: Program, by: str) -> Edit:
    r"""Every marked hunk replaced: \1 is what stood in the trunk, \2 what the child brings."""
    return change(program.path, lambda text: _CONFLICT.sub(by, text))


def _wiring(program: Program) -> tuple[Edit, ...]:
    header = program.piece("header", "base")
    return (
        change(program.path, lambda text: text.replace(header, header + _import(program))),
        change(program.app, lambda text: text + program.piece("wiring", "parent")),
    )


def _import(program: Program) -> str:
    return program.piece("import", "parent")
