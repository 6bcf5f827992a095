"""Find a run's override ledger once its work is over, and keep it on record.

Detection needs the run's repository alone; effects need the verifier in a sandbox, so they are
measured only where there are overrides, and within the time that the run has left. What was left
out, by a limit, Ctrl-C or a kill, is found later by `agentcli overrides`.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agentcli.delegation.judging import Verdicts
from agentcli.delegation.ledger.capture import capture
from agentcli.delegation.ledger.detect import detect
from agentcli.delegation.ledger.effect import measure_effect, says_nothing
from agentcli.delegation.ledger.notes import note_lines
from agentcli.errors import UsageFault
from agentcli.ids import RUN_STREAM
from agentcli.journal.events import (
    DelegationMeasured,
    EffectMeasured,
    Event,
    InterruptionFound,
    LedgerEntry,
    LedgerFailed,
    LotteryOutcome,
    Submitted,
    UnitsWritten,
    Verified,
)
from agentcli.journal.ledger_folds import LedgerView, fold_ledger
from agentcli.journal.store import Journal, started
from agentcli.journal.stream import effective
from agentcli.runs.versions import Versions, versions
from agentcli.workspace.notes import add_notes
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class Findings:
    """What detection found in all lines of work, numbered in the order of the acts."""

    interruptions: tuple[InterruptionFound, ...]
    entries: tuple[LedgerEntry, ...]
    delegations: tuple[DelegationMeasured, ...]
    written: tuple[UnitsWritten, ...]


async def keep_ledger(
    journal: Journal,
    store: RunStore,
    verdicts: Verdicts | None,
    seconds: float | None = None,
) -> LedgerView:
    """Put on record what is missing of a run's ledger; returns all of it.

    `verdicts` is None when there is nothing to measure effects with, which may take `seconds`.
    Whatever goes wrong becomes a `LedgerFailed`, because a run's end must not hang on its ledger.
    """
    run_id = store.run
    view = fold_ledger(run_id, journal.events(run_id))
    if not view.delegated:
        return view
    try:
        view = record_findings(journal, store)
        async with asyncio.timeout(seconds):
            await _measure_missing(journal, store, verdicts)
        write_notes(journal, store)
    except TimeoutError:
        _fail(journal, run_id, "The run's time was up before all effects were measured.")
    except Exception as fault:  # noqa: BLE001 - the edge of what may fail without the run
        _fail(journal, run_id, f"{type(fault).__name__}: {fault}")
    return fold_ledger(run_id, journal.events(run_id))


def record_findings(journal: Journal, store: RunStore) -> LedgerView:
    """Detect, and put it on record, unless that was done before. No effects are measured."""
    events = list(journal.events(store.run))
    view = fold_ledger(store.run, events)
    if view.found:
        return view
    found = find(events, store)
    append = partial(journal.append, store.run, RUN_STREAM)
    for interruption in found.interruptions:
        append(interruption)
    for entry in found.entries:
        append(entry)
    for written in found.written:
        append(written)
    for measured in found.delegations:  # last: with them it is complete
        append(measured)
    return fold_ledger(store.run, journal.events(store.run))


def find(events: Sequence[Event], store: RunStore) -> Findings:
    """Detect in every line of work of a run. Nothing is recorded."""
    records = capture(events, store.tree_of)
    ledgers = [detect(record, store.git) for record in records]
    entries = [entry for ledger in ledgers for entry in ledger.entries]
    entries.sort(key=lambda entry: (entry.at_seq, entry.delegation, entry.number))
    return Findings(
        tuple(i for ledger in ledgers for i in ledger.interruptions),
        tuple(e.model_copy(update={"number": n}) for n, e in enumerate(entries, start=1)),
        tuple(_with_verdict(d, events) for ledger in ledgers for d in ledger.delegations),
        _by_parent(ledger.written for ledger in ledgers),
    )


def write_notes(journal: Journal, store: RunStore) -> None:
    """Tell the ledger in notes of the person's repository, on the run's commits."""
    events = list(journal.events(store.run))
    lines = note_lines(fold_ledger(store.run, events), events)
    if lines:
        add_notes(Path(started(events).repo), lines)


def find_entry(view: LedgerView, number: int) -> LedgerEntry:
    """An override by its number. Raises UsageFault with the numbers there are."""
    entry = view.entries.get(number)
    if entry is not None and entry.is_override:
        return entry
    known = ", ".join(str(each.number) for each in view.overrides)
    raise UsageFault(
        f"Run {view.run_id} has no override {number}.",
        f"There are: {known}." if known else "It has none at all.",
    )


async def _measure_missing(journal: Journal, store: RunStore, verdicts: Verdicts | None) -> None:
    events = list(journal.events(store.run))
    view = fold_ledger(store.run, events)
    if verdicts is None or not view.unjudged:
        return
    known = versions(store, view, events)
    for entry in view.unmeasured:
        effect = await _measure(known, entry, verdicts)
        journal.append(store.run, RUN_STREAM, effect)
    for draw in view.undecided_draws:
        (outcome,) = await verdicts.of(draw.with_act if draw.allowed else draw.without)
        passed = None if says_nothing(outcome) else outcome.passed
        journal.append(
            store.run,
            RUN_STREAM,
            LotteryOutcome(delegation=draw.delegation, allowed=draw.allowed, passed=passed),
        )


async def _measure(known: Versions, entry: LedgerEntry, verdicts: Verdicts) -> EffectMeasured:
    made = await asyncio.to_thread(known.expected, entry)
    if made.conflicts:
        return EffectMeasured(
            number=entry.number,
            effect="unscorable",
            expected_passed=None,
            final_passed=None,
            reason="the child's version conflicts with other work in " + ", ".join(made.conflicts),
        )
    known.store.pin(f"{entry.delegation}/expected/entry-{entry.number}", made.tree)
    return await measure_effect(entry.number, made.tree, entry.final, verdicts)


def _by_parent(written: Iterable[UnitsWritten]) -> tuple[UnitsWritten, ...]:
    """One for each parent: a relay has a record for each turn."""
    sums: dict[str, UnitsWritten] = {}
    for each in written:
        known = sums.get(each.parent, UnitsWritten(parent=each.parent, children=0, own=0))
        more = {"children": known.children + each.children, "own": known.own + each.own}
        sums[each.parent] = known.model_copy(update=more)
    return tuple(sums.values())


def _with_verdict(measured: DelegationMeasured, events: Iterable[Event]) -> DelegationMeasured:
    """Autonomous completion: submitted, uninterrupted, nothing overwritten, and it passes.

    What decides is the brief's own check where it has one, else the run's verdict on its end.
    """
    passed = _passed(measured.delegation, events)
    if passed is None:
        return measured.model_copy(update={"autonomous": None})
    alone = (
        measured.proposals > 0
        and not measured.interrupted
        and not measured.overridden
        and measured.fractions.close == 0
    )
    return measured.model_copy(update={"autonomous": alone and passed})


def _passed(delegation: str, events: Iterable[Event]) -> bool | None:
    own = run = None
    for event in effective(events):
        match event.body:
            case Submitted(check=check) if event.agent_id == delegation and check is not None:
                own = check.passed
            case Verified():
                run = (event.body.pristine or event.body.check).passed
            case _:
                pass
    return run if own is None else own


def _fail(journal: Journal, run_id: str, reason: str) -> None:
    journal.append(run_id, RUN_STREAM, LedgerFailed(reason=reason))
