"""What interrupts a child, when that is early, and what is within the first five opportunities."""

from tests.delegation.corpus.case import case
from tests.delegation.corpus.edits import add, swap, write
from tests.delegation.corpus.history import Child, History
from tests.delegation.corpus.labels import HARMLESS, UNDER_HALF, Heard
from tests.delegation.corpus.programs import first_lines
from tests.delegation.corpus.scenes import landed, swaps, writes_five

GRAMMARS = ("python", "typescript", "go")


@case()
def stop_before_anything_is_whole(history: History) -> None:
    """Half a function does not parse: the stop comes early. The checkpoint lands as it is."""
    program = history.program
    half = first_lines(program.piece("mean", "child"), 3)
    child = history.delegates()
    child.writes(add(program.path, half, after=program.piece("count", "base")), tokens=47)
    _stopped(history, child, 47, early=True if program.grammar else None)


@case(GRAMMARS)
def stop_after_a_whole_function(history: History) -> None:
    """The child's first new function stands whole: no longer early."""
    child = history.delegates()
    child.writes(writes_five(history.program), tokens=53)
    _stopped(history, child, 53, early=False)


@case(GRAMMARS)
def stop_after_a_whole_test(history: History) -> None:
    """A test is a logical unit too."""
    program = history.program
    child = history.delegates()
    place = program.piece("second", "tests")
    child.writes(add(program.tests, program.piece("mean", "tests"), after=place), tokens=39)
    _stopped(history, child, 39, early=False)


@case(GRAMMARS)
def stop_after_an_old_function_was_changed(history: History) -> None:
    """The changed function parses whole, but it is not a new one: still early."""
    program = history.program
    old, new = program.piece("largest", "base"), program.piece("largest", "child")
    child = history.delegates()
    child.writes(swap(program.path, old, new), tokens=61)
    _stopped(history, child, 61, early=True)


@case(GRAMMARS)
def stop_after_a_constant(history: History) -> None:
    """A constant is neither function nor class nor test."""
    program = history.program
    constant = program.piece("scale", "child")
    child = history.delegates()
    child.writes(add(program.path, constant, after=_last(history)), tokens=12)
    _stopped(history, child, 12, early=True)


@case()
def redirect_while_it_works(history: History) -> None:
    """A redirect that replaces the brief interrupts; what the child then makes lands untouched."""
    program = history.program
    child = history.delegates()
    child.writes(add(program.path, program.piece("scale", "child"), after=_last(history)))
    seq = child.hears("interrupt", redirects=True)
    child.writes(writes_five(program))
    child.proposes()
    history.lands(child)
    child.closes()
    early = True if program.grammar else None
    child.expects(interruptions=(Heard("redirect", seq, 20, early),), output_tokens=20)


@case(["python", "shell"])
def redirect_and_then_a_stop(history: History) -> None:
    """Two interruptions; the tokens before interruption are those before the first."""
    program = history.program
    child = history.delegates()
    child.writes(add(program.path, program.piece("scale", "child"), after=_last(history)))
    first = child.hears("interrupt", redirects=True)
    child.writes(writes_five(program))
    second = child.hears("interrupt")
    history.lands(child)
    child.closes()
    child.expects(
        interruptions=(Heard("redirect", first, 20), Heard("stop", second, 40)), output_tokens=20
    )


@case()
def messages_and_an_answer(history: History) -> None:
    """Neither a message nor the answer to the child's own question interrupts it."""
    child = history.delegates()
    child.writes(writes_five(history.program))
    child.hears("message")
    child.hears("answer")
    child.writes(write("src/notes.txt", "Figures are not rounded.\n"))
    child.proposes()
    history.lands(child)
    child.closes()
    child.expects(output_tokens=40)


@case(["python", "shell"])
def stop_after_submission(history: History) -> None:
    """The child has submitted and is not at work any more: there is nothing to interrupt."""
    child = history.delegates()
    child.writes(writes_five(history.program))
    child.proposes()
    child.hears("interrupt")
    history.lands(child)
    child.closes()
    child.expects(output_tokens=20)


@case()
def write_in_scope_that_costs_nothing(history: History) -> None:
    """An interruption, but no override: the proposal lands as produced."""
    program = history.program
    child = history.delegates()
    child.writes(writes_five(program))
    act = history.parent(write("src/notes.txt", "Figures are not rounded.\n"))
    child.proposes()
    history.lands(child)
    child.closes()
    early = False if program.grammar else None
    child.expects(interruptions=(Heard("write", act, early=early),), may=HARMLESS)


@case()
def write_out_of_scope(history: History) -> None:
    """The parent works elsewhere meanwhile: no interruption."""
    program = history.program
    child = history.delegates()
    child.writes(writes_five(program))
    history.parent(write("README.md", "# Figures\n\nMeans are coming.\n"))
    child.proposes()
    history.lands(child)
    child.closes()
    child.expects(may=HARMLESS)


@case(["python", "shell"])
def write_by_the_person(history: History) -> None:
    """The user is no parent: neither an interruption nor an override."""
    program = history.program
    child = history.delegates()
    child.writes(writes_five(program))
    history.changes("person", write("src/notes.txt", "Please round nothing.\n"))
    child.proposes()
    history.lands(child)
    child.closes()
    child.expects(may=HARMLESS)


@case(["python", "go", "shell"])
def override_at_the_fifth_opportunity(history: History) -> None:
    """The fifth of the parent's calls that could see the delegation is within the first five."""
    child = landed(history)
    history.parent_looks(4)
    act = history.parent(*swaps(history.program, "mean"))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF, within_five=True)


@case(["python", "go", "shell"])
def override_at_the_sixth_opportunity(history: History) -> None:
    """One call later it is an override all the same, but not within the first five."""
    child = landed(history)
    history.parent_looks(5)
    act = history.parent(*swaps(history.program, "mean"))
    child.closes()
    child.expects(("amend", act), close=UNDER_HALF, end=UNDER_HALF, within_five=False)


@case(["python", "shell"])
def interrupted_at_once_and_overridden_late(history: History) -> None:
    """Interrupted or overridden: the interruption alone is within five."""
    program = history.program
    child = history.delegates()
    child.writes(writes_five(program))
    seq = child.hears("interrupt", redirects=True)
    child.proposes()
    history.lands(child)
    history.parent_looks(7)
    act = history.parent(*swaps(program, "mean"))
    child.closes()
    child.expects(
        ("amend", act),
        interruptions=(Heard("redirect", seq),),
        close=UNDER_HALF,
        end=UNDER_HALF,
        within_five=True,
    )


@case(["python", "shell"])
def revision_asked_at_once_and_overridden_late(history: History) -> None:
    """A request for a revision is neither: only the late override counts, and it is late."""
    program = history.program
    child = history.delegates()
    child.writes(writes_five(program))
    child.proposes()
    asked = child.hears("revise")
    child.writes(add(program.path, program.piece("scale", "child"), after=_last(history)))
    child.proposes()
    history.lands(child)
    history.parent_looks(5)
    act = history.parent(*swaps(program, "mean"))
    child.closes()
    child.expects(
        ("revise_request", asked),
        ("amend", act),
        close=UNDER_HALF,
        end=UNDER_HALF,
        within_five=False,
    )


def _stopped(history: History, child: Child, tokens: int, early: bool | None) -> None:
    """The child is stopped, and what it had lands as produced."""
    seq = child.hears("interrupt")
    history.lands(child)
    child.closes()
    child.expects(interruptions=(Heard("stop", seq, tokens, early),), output_tokens=tokens)


def _last(history: History) -> str:
    return history.program.piece("count", "base")
