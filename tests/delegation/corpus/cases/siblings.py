"""Several children on one file: each is held responsible for its own lines, and nobody else's."""

from tests.delegation.corpus.case import case
from tests.delegation.corpus.edits import add, change, cut, swap, write
from tests.delegation.corpus.history import Child, History
from tests.delegation.corpus.labels import (
    EVERYTHING,
    HALF_OR_MORE,
    HARMLESS,
    NOBODYS,
    UNDER_HALF,
    WIRING,
)
from tests.delegation.corpus.scenes import swaps, writes_five


@case()
def one_line_by_two_children_in_turn(history: History) -> None:
    """The second child was asked to change the first one's line: no parent overrode anybody."""
    first, second = _in_turn(history)
    first.expects(may=HARMLESS)
    second.expects()


@case()
def one_line_by_two_children_and_then_the_parent(history: History) -> None:
    """The parent replaces the second child's line; the first one's was gone by then."""
    program = history.program
    first, second = _in_turn(history)
    act = history.parent(
        swap(program.path, program.piece("limit", "sibling"), program.piece("limit", "parent"))
    )
    first.expects(may=HARMLESS)
    second.expects(("rewrite", act), end=EVERYTHING)


@case()
def one_line_by_two_children_at_once(history: History) -> None:
    """They conflict, and the fix takes the second one's line: a conflict fix, no override."""
    program = history.program
    first, second = _at_once(history)
    own = swap(program.path, program.piece("limit", "base"), program.piece("limit", "sibling"))
    act = history.lands(second, write(program.path, own(history.base.files)[program.path]))
    second.closes()
    first.expects(integration=None, close=None, end=None, may=HARMLESS)
    second.expects(("conflict_fix", act))


@case()
def one_line_by_two_children_settled_by_a_third_version(history: History) -> None:
    """The parent settles the conflict with a line of its own: still only the marked hunk."""
    program = history.program
    first, second = _at_once(history)
    own = swap(program.path, program.piece("limit", "base"), program.piece("limit", "parent"))
    act = history.lands(second, write(program.path, own(history.base.files)[program.path]))
    second.closes()
    first.expects(integration=None, close=None, end=None, may=HARMLESS)
    second.expects(("conflict_fix", act), integration=None, close=None, end=None)


@case()
def one_function_of_each_replaced(history: History) -> None:
    """One act, two delegations: an amend of the one, and all of the other."""
    program = history.program
    large, small = _side_by_side(history)
    sibling = program.piece("smallest", "sibling")
    act = history.parent(
        *swaps(program, "median"), swap(program.path, sibling, program.piece("mean", "parent"))
    )
    large.expects(("amend", act), end=UNDER_HALF)
    small.expects(("rewrite", act), end=HALF_OR_MORE)


@case()
def both_reverted_at_once(history: History) -> None:
    """The parent puts the file back to where it was before either of them."""
    program = history.program
    large, small = _side_by_side(history)
    act = history.parent(write(program.path, history.base.files[program.path]))
    large.expects(("revert", act), end=EVERYTHING)
    small.expects(("revert", act), end=EVERYTHING)


@case()
def only_the_other_reverted(history: History) -> None:
    """The small child's function is taken out of the middle of the large one's file."""
    program = history.program
    large, small = _side_by_side(history)
    act = history.parent(cut(program.path, program.piece("smallest", "sibling")))
    large.expects(may=WIRING)
    small.expects(("revert", act), end=EVERYTHING)


@case()
def one_landed_and_one_discarded(history: History) -> None:
    """The same file, but only one of the two proposals is taken."""
    program = history.program
    child, other = history.delegates(), history.delegates("y")
    child.writes(writes_five(program))
    other.writes(
        add(
            program.path, program.piece("smallest", "sibling"), after=program.piece("total", "base")
        )
    )
    other.proposes()
    child.proposes()
    history.lands(child)
    child.closes()
    history.parent_looks()
    act = other.closes("discarded")
    child.expects()
    other.expects(("discard", act), integration="never", close=None, end=None)


@case()
def the_same_lines_by_two_children(history: History) -> None:
    """Both wrote the very same functions; the copy that comes second changes nothing."""
    program = history.program
    first, second = history.delegates(), history.delegates("y")
    for child in (first, second):
        child.writes(writes_five(program))
        child.proposes()
    for child in (first, second):
        history.lands(child)
        child.closes()
        child.expects()


@case()
def a_function_changed_by_a_later_child(history: History) -> None:
    """The later child's brief was to change the earlier one's function."""
    program = history.program
    first, _ = _side_by_side(history)
    later = history.delegates("late")
    later.writes(*swaps(program, "mean", "median", "spread", "clamp", "running"))
    later.proposes()
    history.lands(later)
    later.closes()
    for child in history.children:
        child.expects(may=HARMLESS if child is first else NOBODYS)


@case()
def a_base_line_that_both_left_alone(history: History) -> None:
    """The parent changes a line between the children's work that neither of them wrote."""
    program = history.program
    _side_by_side(history)
    old, new = program.piece("largest", "base"), program.piece("largest", "child")
    history.parent(change(program.path, lambda text: text.replace(old, new)))
    for child in history.children:
        child.expects(may=HARMLESS)


def _in_turn(history: History) -> tuple[Child, Child]:
    """One child changes a constant and lands; the next begins there and changes it again."""
    program = history.program
    values = [program.piece("limit", of) for of in ("base", "child", "sibling")]
    children = []
    for name, old, new in zip("ay", values, values[1:], strict=False):
        child = history.delegates(name)
        child.writes(swap(program.path, old, new))
        child.proposes()
        history.lands(child)
        child.closes()
        children.append(child)
    return children[0], children[1]


def _at_once(history: History) -> tuple[Child, Child]:
    """Two children change one constant; the first has landed, the second has proposed."""
    program = history.program
    first, second = history.delegates(), history.delegates("y")
    base = program.piece("limit", "base")
    for child, of in ((first, "child"), (second, "sibling")):
        child.writes(swap(program.path, base, program.piece("limit", of)))
        child.proposes()
    history.lands(first)
    first.closes()
    return first, second


def _side_by_side(history: History) -> tuple[Child, Child]:
    """A child with five functions and one with a single one, both landed and closed."""
    program = history.program
    large, small = history.delegates(), history.delegates("y")
    large.writes(writes_five(program))
    small.writes(
        add(
            program.path, program.piece("smallest", "sibling"), after=program.piece("total", "base")
        )
    )
    for child in (large, small):
        child.proposes()
        history.lands(child)
        child.closes()
    return large, small
