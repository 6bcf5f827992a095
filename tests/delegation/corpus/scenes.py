"""How most histories begin: a child asked for five functions, perhaps beside two siblings.

The siblings each add a function at other places of the same file. One lands before the child and
one after it, so that every tree that the child's work is traced through is a merge.
"""

from tests.delegation.corpus.edits import Edit, add, cut, swap
from tests.delegation.corpus.history import Child, History
from tests.delegation.corpus.labels import WIRING
from tests.delegation.corpus.programs import FIVE, Program, reindented


def writes_five(program: Program) -> Edit:
    """The child's five functions, put behind `largest`."""
    return add(program.path, *program.five("child"), after=program.piece("largest", "base"))


def swaps(program: Program, *names: str) -> tuple[Edit, ...]:
    """The parent's own version instead of the child's, of these functions."""
    path = program.path
    return tuple(
        swap(path, program.piece(name, "child"), program.piece(name, "parent")) for name in names
    )


def swaps_all(program: Program) -> tuple[Edit, ...]:
    return swaps(program, *FIVE)


def cuts_five(program: Program) -> Edit:
    return cut(program.path, *program.five("child"))


def reindents_five(program: Program) -> tuple[Edit, ...]:
    """The child's five functions indented twice as deep, and nothing else."""
    return tuple(swap(program.path, one, reindented(one)) for one in program.five("child"))


def proposed(history: History, *more: Edit) -> Child:
    """The child has proposed its five functions; siblings, if any, have landed theirs."""
    first = _sibling(history, "b", "smallest", after="total")
    child = history.delegates()
    child.writes(writes_five(history.program), *more)
    child.proposes()
    _lands_sibling(history, first)
    return child


def landed(history: History, *more: Edit) -> Child:
    """The child's five functions stand in the trunk as produced; the delegation is open."""
    child = proposed(history, *more)
    history.lands(child)
    later_sibling(history)
    return child


def later_sibling(history: History) -> None:
    """In shared histories, another child begins and lands its own function."""
    _lands_sibling(history, _sibling(history, "c", "product", after="count"))


def _sibling(history: History, name: str, function: str, after: str) -> Child | None:
    if not history.shared:
        return None
    program = history.program
    child = history.delegates(name)
    own, place = program.piece(function, "sibling"), program.piece(after, "base")
    child.writes(add(program.path, own, after=place))
    child.proposes()
    child.expects(may=WIRING)
    return child


def _lands_sibling(history: History, child: Child | None) -> None:
    if child is not None:
        history.lands(child)
        child.closes()
