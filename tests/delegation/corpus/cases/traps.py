"""The traps of the definitions page, and histories that look like what they are not."""

from tests.delegation.corpus.case import case
from tests.delegation.corpus.edits import add, delete, rename, swap, write
from tests.delegation.corpus.history import Child, History
from tests.delegation.corpus.labels import HALF_OR_MORE, HARMLESS, UNDER_HALF
from tests.delegation.corpus.programs import FIVE, guarded, joined, renamed
from tests.delegation.corpus.scenes import (
    cuts_five,
    landed,
    proposed,
    reindents_five,
    swaps,
    writes_five,
)

# ---- names, places and shapes ----


@case(["python", "typescript", "go"])
def one_local_variable_renamed(history: History) -> None:
    """Line counts say that three lines went; as syntax, every statement is what it was."""
    child = landed(history)
    _renames(history, "acc", "summed")
    child.closes()
    child.expects(may=HARMLESS)


@case(["shell"])
def one_variable_renamed_without_a_grammar(history: History) -> None:
    """Where nobody can read the syntax, the renamed lines count as replaced."""
    child = landed(history)
    act = _renames(history, "acc", "summed")
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case(["python", "typescript", "go"])
def another_variable_used_instead(history: History) -> None:
    """Looks like a renaming, but one use alone is changed, and now it means another variable."""
    program = history.program
    old = program.piece("running", "child")
    name = "so_far" if program.language == "python" else "soFar"
    *head, last = old.rpartition(f"{name} += value")
    child = landed(history)
    act = history.parent(swap(program.path, old, "".join(head) + renamed(last, name, "value")))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case()
def moved_and_changed_on_the_way(history: History) -> None:
    """Looks like a move, but one of the functions arrives as the parent's own version."""
    program = history.program
    child = landed(history)
    pieces = (program.piece("mean", "parent"), *program.five("child")[1:])
    act = history.parent(cuts_five(program), write(program.other, joined(*pieces)))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case()
def reindented_and_changed_on_the_way(history: History) -> None:
    """Looks like formatting, but one of the functions is replaced in the same breath."""
    program = history.program
    child = landed(history)
    act = history.parent(*swaps(program, "mean"), *reindents_five(program)[1:])
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case(["python", "typescript", "go"])
def early_return_put_into_a_function(history: History) -> None:
    """Looks harmless, since every line of the child's still stands, but the function is another."""
    child = landed(history)
    act = _guards(history)
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case(["shell"])
def early_return_without_a_grammar(history: History) -> None:
    """By lines nothing of the child's was removed or replaced, and lines are all that is known."""
    child = landed(history)
    _guards(history)
    child.closes()
    child.expects(may=HARMLESS)


@case()
def import_of_the_childs_own(history: History) -> None:
    """Looks like an integration fix, but the import was the child's: it is in U."""
    program = history.program
    header, own = program.piece("header", "base"), program.piece("import", "child")
    child = landed(history, swap(program.path, header, header + own))
    act = history.parent(swap(program.path, own, program.piece("import", "parent")))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


# ---- how the work came in ----


@case()
def squashed_by_the_parent(history: History) -> None:
    """By authors nothing of the child's is left; by trees all of it is there."""
    child = proposed(history)
    history.parent(writes_five(history.program))
    child.closes()
    child.expects(integration=None)


@case()
def rebased_proposal(history: History) -> None:
    """The child rebased on a sibling's work, which is therefore in its proposal but not its own."""
    child, other = _rebased(history)
    child.closes()
    child.expects()
    other.expects()


@case()
def rebased_proposal_and_the_siblings_amended(history: History) -> None:
    """What the parent changes came in with the rebase: it is the sibling's, not the child's."""
    program = history.program
    child, other = _rebased(history)
    child.closes()
    sibling = program.piece("smallest", "sibling")
    act = history.parent(swap(program.path, sibling, program.piece("mean", "parent")))
    child.expects(may=HARMLESS)
    other.expects(("rewrite", act), end=HALF_OR_MORE)


@case(shared=True)
def collected_after_the_branch_was_deleted(history: History) -> None:
    """No branch holds the proposal any more and git has collected: the pins keep the evidence."""
    child = proposed(history)
    history.parent_looks()
    act = child.closes("discarded")
    history.repository.git.run("gc", "--quiet", "--prune=now")
    child.expects(("discard", act), integration="never", close=None, end=None)


# ---- tests ----


@case()
def tests_of_the_childs_own_weakened(history: History) -> None:
    """The parent edits a test that the child wrote: tests are work like any other."""
    program = history.program
    mean, loose = program.piece("mean", "tests"), program.piece("loose", "tests")
    place = program.piece("second", "tests")
    child = landed(history, add(program.tests, mean, after=place))
    act = history.parent(swap(program.tests, mean, loose))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case()
def tests_of_before_weakened(history: History) -> None:
    """The parent edits a test that was there before: outside U (the verifier's are pristine)."""
    program = history.program
    child = landed(history)
    history.parent(
        swap(program.tests, program.piece("first", "tests"), program.piece("loose", "tests"))
    )
    child.closes()
    child.expects(may=HARMLESS)


@case()
def tests_deleted_by_the_child_and_restored(history: History) -> None:
    """Looks harmless, but the deletion was the child's work, and it is undone."""
    program = history.program
    child = landed(history, delete(program.tests))
    act = history.parent(write(program.tests, history.base.files[program.tests]))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case()
def tests_deleted_by_the_child_and_left(history: History) -> None:
    """The child deleted tests and nobody put them back: bad work, but as produced."""
    child = landed(history, delete(history.program.tests))
    child.closes()
    child.expects()


# ---- files ----


@case()
def file_renamed_by_the_child(history: History) -> None:
    """A renamed file's lines are not the child's: the parent edits one that it did not write."""
    program = history.program
    child = history.delegates()
    child.writes(
        rename(program.path, program.other),
        add(program.other, *program.five("child"), after=program.piece("largest", "base")),
    )
    child.proposes()
    history.lands(child)
    base, own = program.piece("limit", "base"), program.piece("limit", "parent")
    history.parent(swap(program.other, base, own))
    child.closes()
    child.expects(may=HARMLESS)


@case()
def file_renamed_by_the_child_and_amended(history: History) -> None:
    """The same rename, but the parent replaces a function that the child wrote."""
    program = history.program
    child = history.delegates()
    child.writes(
        rename(program.path, program.other),
        add(program.other, *program.five("child"), after=program.piece("largest", "base")),
    )
    child.proposes()
    history.lands(child)
    old, new = program.piece("mean", "child"), program.piece("mean", "parent")
    act = history.parent(swap(program.other, old, new))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case()
def rewritten_after_the_file_was_renamed(history: History) -> None:
    """A move first and a rewrite in the new place after: both are seen."""
    program = history.program
    child = landed(history)
    moved = history.parent(rename(program.path, program.other))
    edits = [
        swap(program.other, program.piece(name, "child"), program.piece(name, "parent"))
        for name in FIVE
    ]
    act = history.parent(*edits)
    child.closes()
    child.expects(("move", moved), ("rewrite", act), close=HALF_OR_MORE, end=HALF_OR_MORE)


def _renames(history: History, old: str, new: str) -> int:
    piece = history.program.piece("mean", "child")
    return history.parent(swap(history.program.path, piece, renamed(piece, old, new)))


def _guards(history: History) -> int:
    program = history.program
    piece = program.piece("mean", "child")
    guard = program.piece("guard", "parent")
    return history.parent(swap(program.path, piece, guarded(piece, guard)))


def _rebased(history: History) -> tuple[Child, Child]:
    """The child's proposal sits on top of a sibling's landed function; its T0 does not."""
    program = history.program
    other, child = history.delegates("y"), history.delegates()
    place = program.piece("total", "base")
    other.writes(add(program.path, program.piece("smallest", "sibling"), after=place))
    other.proposes()
    child.writes(writes_five(program))
    history.lands(other)
    other.closes()
    child.rebases()
    child.proposes()
    history.lands(child)
    return child, other
