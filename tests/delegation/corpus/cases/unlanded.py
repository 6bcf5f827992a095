"""Work that never landed, or that the parent took out of the child's hands before."""

from tests.delegation.corpus.case import case
from tests.delegation.corpus.edits import add, cut, swap, write
from tests.delegation.corpus.history import History
from tests.delegation.corpus.labels import HARMLESS, UNDER_HALF, Heard
from tests.delegation.corpus.programs import FIVE
from tests.delegation.corpus.scenes import (
    later_sibling,
    proposed,
    swaps,
    writes_five,
)


@case(shared=True)
def discard_of_a_proposal(history: History) -> None:
    """The parent closes the delegation without taking anything: all of U is lost."""
    child = proposed(history)
    later_sibling(history)
    history.parent_looks()
    act = child.closes("discarded")
    child.expects(("discard", act), integration="never", close=None, end=None)


@case()
def discard_and_redone_by_another_child(history: History) -> None:
    """The brief goes to another child, whose version lands: discarded here, untouched there."""
    program = history.program
    child = proposed(history)
    history.parent_looks()
    act = child.closes("discarded")
    other = history.delegates("z")
    pieces = program.five("parent")
    other.writes(add(program.path, *pieces, after=program.piece("largest", "base")))
    other.proposes()
    history.lands(other)
    other.closes()
    child.expects(("discard", act), integration="never", close=None, end=None)
    other.expects()


@case()
def discard_after_a_revision(history: History) -> None:
    """The first proposal goes back to its child, the second is thrown away."""
    program = history.program
    child = proposed(history)
    asked = child.hears("revise")
    child.writes(add(program.path, program.piece("scale", "child"), after=program.five("child")[4]))
    child.proposes()
    history.parent_looks()
    act = child.closes("discarded")
    child.expects(
        ("revise_request", asked),
        ("discard", act),
        integration="never",
        close=None,
        end=None,
    )


@case(shared=True)
def discard_of_a_checkpoint(history: History) -> None:
    """Stopped and closed before it submitted: the last checkpoint does not land."""
    child = history.delegates()
    child.writes(writes_five(history.program), tokens=61)
    stop = child.hears("interrupt")
    later_sibling(history)
    act = child.closes("discarded")
    child.expects(
        ("discard", act),
        interruptions=(Heard("stop", stop, 61, early=_early(history, False)),),
        integration="never",
        close=None,
        end=None,
        output_tokens=61,
    )


@case()
def discarded_in_name_only(history: History) -> None:
    """Closed as discarded, but the parent put the very same lines in: they land as produced."""
    child = proposed(history)
    history.parent(writes_five(history.program))
    child.closes("discarded")
    child.expects(integration=None)


@case(shared=True)
def takeover_while_the_child_writes(history: History) -> None:
    """The parent writes the functions itself before the child submits, and closes."""
    program = history.program
    child = history.delegates()
    child.writes(writes_five(program), tokens=39)
    pieces = program.five("parent")
    act = history.parent(add(program.path, *pieces, after=program.piece("largest", "base")))
    later_sibling(history)
    child.closes("discarded")
    child.expects(
        ("takeover", act),
        interruptions=(Heard("write", act, early=_early(history, False)),),
        integration="never",
        close=None,
        end=None,
    )


@case(shared=True)
def takeover_after_a_stop(history: History) -> None:
    """Stopped and closed unsubmitted; the parent then does the brief's work by itself."""
    program = history.program
    child = history.delegates()
    child.writes(swap(program.path, *(program.piece("limit", of) for of in ("base", "child"))))
    stop = child.hears("interrupt")
    child.closes("discarded")
    later_sibling(history)
    pieces = program.five("parent")
    act = history.parent(
        swap(program.path, *(program.piece("limit", of) for of in ("base", "parent"))),
        add(program.path, *pieces, after=program.piece("largest", "base")),
    )
    child.expects(
        ("takeover", act),
        interruptions=(Heard("stop", stop, early=_early(history, True)),),
        integration="never",
        close=None,
        end=None,
    )


@case(shared=True)
def takeover_by_finishing(history: History) -> None:
    """The parent lands an unsubmitted checkpoint, changes a function and adds what is missing.

    By its fraction it would be an amend, but takeover comes first.
    """
    program = history.program
    first = [program.piece(name, "child") for name in FIVE[:3]]
    child = history.delegates()
    child.writes(add(program.path, *first, after=program.piece("largest", "base")), tokens=80)
    stop = child.hears("interrupt")
    history.lands(child)
    later_sibling(history)
    rest = [program.piece(name, "parent") for name in FIVE[3:]]
    act = history.parent(
        *swaps(program, "mean"), add(program.path, *rest, after=program.piece("spread", "child"))
    )
    child.closes()
    child.expects(
        ("takeover", act),
        interruptions=(Heard("stop", stop, 80, early=_early(history, False)),),
        close=None,
        end=None,
    )


@case()
def takeover_that_the_proposal_runs_into(history: History) -> None:
    """Written before the child submitted; in the conflict that follows the parent's lines win."""
    program = history.program
    child = history.delegates()
    child.writes(writes_five(program))
    pieces = program.five("parent")
    act = history.parent(add(program.path, *pieces, after=program.piece("largest", "base")))
    child.proposes()
    history.lands(child, write(program.path, history.trunk.files[program.path]))
    child.closes()
    child.expects(
        ("takeover", act),
        interruptions=(Heard("write", act),),
        integration=None,
        close=None,
        end=None,
        may=HARMLESS,
    )


@case()
def rolled_back_by_the_mechanism(history: History) -> None:
    """A failed child is put back by rule: nobody decided it, so nobody overrode anybody."""
    child = proposed(history)
    history.lands(child)
    history.rolls_back(child)
    child.closes("rolled_back", by_parent=False)
    child.expects(integration=None)


@case()
def lost_with_its_lease(history: History) -> None:
    """Infrastructure ended it: neither an interruption nor an override."""
    child = history.delegates()
    child.writes(writes_five(history.program))
    history.parent_looks()
    child.closes("lost", by_parent=False)
    child.expects(integration="never", output_tokens=child.tokens)


@case()
def open_when_the_run_ended(history: History) -> None:
    """A limit ended the run in mid-work: nothing was decided, and it never closed."""
    child = history.delegates()
    child.writes(writes_five(history.program))
    history.parent_looks()
    child.expects(integration="never", close="never", end=None)


@case(["python"])
def discard_of_an_empty_hand(history: History) -> None:
    """Closed before the first write: there is no version that could fail to land."""
    child = history.delegates()
    stop = child.hears("interrupt")
    child.closes("discarded")
    child.expects(
        interruptions=(Heard("stop", stop, 0, early=True),),
        integration="never",
        close=None,
        end=None,
    )


@case()
def partly_taken_in_and_then_cut(history: History) -> None:
    """The parent merges the proposal without one function: the merge is not E, so it's an amend."""
    program = history.program
    child = proposed(history)
    act = history.lands(child, cut(program.path, program.piece("clamp", "child")))
    child.closes()
    less = UNDER_HALF
    child.expects(("amend", act), integration=less, close=less, end=less)


def _early(history: History, early: bool) -> bool | None:
    """Without a grammar nobody can say what parses whole."""
    return early if history.program.grammar else None
