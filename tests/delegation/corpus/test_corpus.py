"""The labelled corpus: what the detector finds in each history is exactly what is known of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from agentcli.codemap.languages import language_of, parse
from agentcli.delegation.ledger.detect import detect
from agentcli.journal.ledger_events import OVERRIDE_KINDS, OtherKind
from tests.delegation.corpus.case import Variant, variants
from tests.delegation.corpus.cases import (
    harmless,
    interruptions,
    landed,
    siblings,
    traps,
    unlanded,
    without_lines,
)
from tests.delegation.corpus.disputed import DISPUTED, dispute
from tests.delegation.corpus.edits import text_of
from tests.delegation.corpus.history import History
from tests.delegation.corpus.labels import by_delegation, differences, laws
from tests.delegation.corpus.programs import PROGRAMS, Program
from tests.delegation.corpus.repository import Repository

CORPUS = variants([landed, unlanded, harmless, traps, without_lines, siblings, interruptions])


def judged() -> Iterator[object]:
    for variant in CORPUS:
        why = dispute(str(variant))
        marks = [pytest.mark.xfail(reason=why, strict=True, raises=AssertionError)] if why else []
        yield pytest.param(variant, id=str(variant), marks=marks)


@pytest.mark.parametrize("variant", judged())
def test_detection_is_exact(variant: Variant, tmp_path: Path) -> None:
    history = told(variant, tmp_path)
    record = history.record()
    ledger = detect(record, history.repository.git)
    found = by_delegation(record, ledger.interruptions, ledger.entries, ledger.delegations)
    wrong = [
        f"{name}: {line}"
        for name, label in history.labels().items()
        for line in (*differences(label, found[name]), *laws(record, name, found[name]))
    ]
    assert not wrong, "\n".join([f"{variant}: {variant.case.reason}", *wrong, *story(history)])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.language)
def test_every_kind_is_there_with_one_and_with_several_children(
    program: Program, tmp_path: Path
) -> None:
    kinds = {*OVERRIDE_KINDS, *get_args(OtherKind), "unattributed"}
    missing = {(kind, several) for kind in kinds for several in (False, True)}
    for number, variant in enumerate(one for one in CORPUS if one.program == program):
        history = told(variant, tmp_path / str(number))
        several = len(history.children) > 1
        for label in history.labels().values():
            missing -= {(entry.kind, several) for entry in label.entries}
        if not missing:
            return
    assert not missing


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.language)
def test_the_programs_are_real(program: Program) -> None:
    for path in (program.path, program.app, program.tests):
        language = language_of(path)
        assert (language is not None) == program.grammar
        if language is not None:
            text = text_of(program.base(), path)
            assert not parse(language, text.encode()).root_node.has_error, text
    for piece in (*program.five("child"), *program.five("parent")):
        language = language_of(program.path)
        assert language is None or not parse(language, piece.encode()).root_node.has_error, piece


def test_git_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    variant = next(one for one in CORPUS if "conflict" in one.case.name and one.shared)
    history = told(variant, tmp_path)
    history.repository.git.run("fsck", "--strict", "--no-dangling")


def test_every_dispute_is_about_a_history() -> None:
    used = {dispute(str(variant)) for variant in CORPUS}
    assert set(DISPUTED.values()) <= used


def told(variant: Variant, directory: Path) -> History:
    """The history, with its repository in `directory`."""
    history = History(Repository(directory / "run.git"), variant.program, variant.shared)
    variant.case.tell(history)
    return history


def story(history: History) -> Iterator[str]:
    """What happened to the trees, for whoever reads a failure."""
    record, git = history.record(), history.repository.git
    for work in record.works:
        if work.version is not None:
            yield f"--- {work.delegation}, base to its version"
            yield git.text("diff", "-U0", work.base, work.version)
    for step in record.trunk:
        if (step.expected or step.before) != step.after:
            yield f"--- {step.cause} at {step.seq}"
            yield git.text("diff", "-U0", step.expected or step.before, step.after)
