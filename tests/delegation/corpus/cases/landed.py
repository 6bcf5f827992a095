"""Work that landed and that the parent then rewrote, amended or reverted."""

from tests.delegation.corpus.case import case
from tests.delegation.corpus.edits import add, cut, delete, swap, write
from tests.delegation.corpus.history import History
from tests.delegation.corpus.labels import EVERYTHING, HALF_OR_MORE, NOTHING, UNDER_HALF, Share
from tests.delegation.corpus.programs import FIVE, joined
from tests.delegation.corpus.scenes import (
    cuts_five,
    landed,
    later_sibling,
    proposed,
    swaps,
    swaps_all,
)

MOST = Share(at_least=0.9, below=1.0)
HALF_TO_MOST = Share(at_least=0.5, below=0.9)


@case(shared=True)
def stands_as_produced(history: History) -> None:
    """Nobody touches the child's work: no entry, and nothing of it is overwritten."""
    child = landed(history)
    child.closes()
    child.expects(output_tokens=child.tokens)


@case(shared=True)
def rewrite_of_everything(history: History) -> None:
    """The parent writes every function its own way: more than half of U is replaced."""
    child = landed(history)
    act = history.parent(*swaps_all(history.program))
    child.closes()
    child.expects(("rewrite", act), close=HALF_OR_MORE, end=HALF_OR_MORE)


@case(["python", "shell"])
def rewrite_without_a_common_line(history: History) -> None:
    """Not one line of the child's is among the parent's: all of U is replaced, exactly."""
    child = landed(history)
    act = history.parent(*swaps_all(history.program))
    child.closes()
    child.expects(("rewrite", act), close=EVERYTHING, end=EVERYTHING)


@case(shared=True)
def rewrite_inside_the_merge_commit(history: History) -> None:
    """The merge commit is not the mechanical merge: what differs from E is the parent's."""
    child = proposed(history)
    act = history.lands(child, *swaps_all(history.program))
    later_sibling(history)
    child.closes()
    more = HALF_OR_MORE
    child.expects(("rewrite", act), integration=more, close=more, end=more)


@case(shared=True)
def amend_of_one_in_five(history: History) -> None:
    """The parent replaces one of five functions: under half of U."""
    child = landed(history)
    act = history.parent(*swaps(history.program, "mean"))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case(shared=True)
def amend_inside_the_merge_commit(history: History) -> None:
    """One function is edited inside a merge that had no conflict: hidden from `git log -p`."""
    child = proposed(history)
    act = history.lands(child, *swaps(history.program, "spread"))
    later_sibling(history)
    child.closes()
    less = UNDER_HALF
    child.expects(("amend", act), integration=less, close=less, end=less)


@case(shared=True)
def amend_after_the_end(history: History) -> None:
    """The delegation is closed and clean; only the run's end sees the parent's edit."""
    child = landed(history)
    child.closes()
    act = history.parent(*swaps(history.program, "clamp"))
    child.expects(("amend", act), close=NOTHING, end=UNDER_HALF)


@case(shared=True)
def amend_by_deleting(history: History) -> None:
    """One of five functions is taken out: removed counts as replaced does."""
    child = landed(history)
    act = history.parent(cut(history.program.path, history.program.piece("running", "child")))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF)


@case(shared=True)
def revert_of_everything(history: History) -> None:
    """A later change of the parent's restores T0 on all of U, and leaves the others' work."""
    child = landed(history)
    act = history.parent(cuts_five(history.program))
    child.closes()
    child.expects(("revert", act), close=EVERYTHING, end=EVERYTHING)


@case(shared=True)
def revert_of_all_but_a_line(history: History) -> None:
    """One constant of the child's stays: T0 is back on at least 90 % of U, so it is a revert."""
    program = history.program
    constant = add(program.path, program.piece("scale", "child"), after=program.five("child")[-1])
    child = landed(history, constant)
    act = history.parent(cuts_five(program))
    child.closes()
    child.expects(("revert", act), close=MOST, end=MOST)


@case(shared=True)
def rewrite_by_reverting_four_of_five(history: History) -> None:
    """Looks like a revert, but a fifth of U stands: T0 is not back on 90 %, so it is a rewrite."""
    program = history.program
    child = landed(history)
    act = history.parent(cut(program.path, *program.five("child")[1:]))
    child.closes()
    child.expects(("rewrite", act), close=HALF_TO_MOST, end=HALF_TO_MOST)


@case()
def revert_after_an_amend(history: History) -> None:
    """The second act alone touches what the first left over, but T0 is back on all of U."""
    program = history.program
    child = landed(history)
    first = history.parent(*swaps(program, "mean", "median"))
    own, theirs = FIVE[:2], FIVE[2:]
    second = history.parent(
        cut(program.path, *(program.piece(name, "parent") for name in own)),
        cut(program.path, *(program.piece(name, "child") for name in theirs)),
    )
    child.closes()
    child.expects(("amend", first), ("revert", second), close=EVERYTHING, end=EVERYTHING)


@case()
def revert_and_reapply(history: History) -> None:
    """The revert was an act of its own; since the parent took it back, nothing is lost at the end.

    Whether the work came back is seen by comparing trees, not by counting acts.
    """
    program = history.program
    child = landed(history)
    act = history.parent(cuts_five(program))
    child.closes()
    history.parent(write(program.path, child.files[program.path]))
    child.expects(("revert", act), close=EVERYTHING, end=NOTHING)


@case()
def drip_of_amends(history: History) -> None:
    """No single act is more than an amend, but together more than half of U is replaced.

    The definitions do not say whether the last act's kind goes by its own or the whole fraction.
    """
    program = history.program
    child = landed(history)
    acts = [history.parent(*swaps(program, name)) for name in ("median", "spread", "running")]
    last = history.parent(*swaps(program, "clamp"))
    child.closes()
    child.expects(
        ("amend", acts[0]),
        ("amend|rewrite", acts[1]),
        ("amend|rewrite", acts[2]),
        ("amend|rewrite", last),
        close=HALF_OR_MORE,
        end=HALF_OR_MORE,
    )


@case()
def revert_of_a_deletion(history: History) -> None:
    """The child only deleted; the parent puts it back: restored deletions are overwritten units."""
    program = history.program
    child = history.delegates()
    child.writes(cut(program.path, program.piece("largest", "base")))
    child.proposes()
    history.lands(child)
    act = history.parent(write(program.path, history.base.files[program.path]))
    child.closes()
    child.expects(("revert", act), close=EVERYTHING, end=EVERYTHING)


@case()
def revert_of_a_deleted_file(history: History) -> None:
    """The child deleted a whole file and the parent brings it back."""
    program = history.program
    child = history.delegates()
    child.writes(delete(program.tests))
    child.proposes()
    history.lands(child)
    act = history.parent(write(program.tests, history.base.files[program.tests]))
    child.closes()
    child.expects(("revert", act), close=EVERYTHING, end=EVERYTHING)


@case()
def revert_of_a_new_file(history: History) -> None:
    """The parent deletes the file that the child made: T0 did not have it."""
    program = history.program
    child = history.delegates()
    child.writes(write(program.other, joined(*program.five("child"))))
    child.proposes()
    history.lands(child)
    act = history.parent(delete(program.other))
    child.closes()
    child.expects(("revert", act), close=EVERYTHING, end=EVERYTHING)


@case()
def revert_of_a_changed_line(history: History) -> None:
    """The child changed one constant, and the parent sets it back: all of U, though one line."""
    program = history.program
    base, own = program.piece("limit", "base"), program.piece("limit", "child")
    child = history.delegates()
    child.writes(swap(program.path, base, own))
    child.proposes()
    history.lands(child)
    act = history.parent(swap(program.path, own, base))
    child.closes()
    child.expects(("revert", act), close=EVERYTHING, end=EVERYTHING)


@case()
def rewrite_of_a_changed_line(history: History) -> None:
    """The child's one constant becomes a third one: replaced, and T0 is not back."""
    program = history.program
    base, own = program.piece("limit", "base"), program.piece("limit", "child")
    child = history.delegates()
    child.writes(swap(program.path, base, own))
    child.proposes()
    history.lands(child)
    act = history.parent(swap(program.path, own, program.piece("limit", "parent")))
    child.closes()
    child.expects(("rewrite", act), close=EVERYTHING, end=EVERYTHING)
