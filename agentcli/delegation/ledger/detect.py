"""Find a run's overrides from the trees that stood: pure, besides reading git."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from agentcli.delegation.ledger.archive import Archive, Pair
from agentcli.delegation.ledger.follow import follow
from agentcli.delegation.ledger.interruptions import interruptions
from agentcli.delegation.ledger.kinds import acts, story
from agentcli.delegation.ledger.measures import entry_of, measured
from agentcli.delegation.ledger.records import Record
from agentcli.delegation.ledger.written import units_written
from agentcli.journal.ledger_events import (
    DelegationMeasured,
    InterruptionFound,
    LedgerEntry,
    UnitsWritten,
)
from agentcli.workspace.git import Git


@dataclass(frozen=True)
class Ledger:
    """What was found: interruptions and entries in order, each delegation's measures, and who
    wrote how much."""

    interruptions: tuple[InterruptionFound, ...]
    entries: tuple[LedgerEntry, ...]
    delegations: tuple[DelegationMeasured, ...]
    written: UnitsWritten


def detect(record: Record, git: Git) -> Ledger:
    """Detect interruptions and overrides in one line of work. `git` holds all of its trees.

    Raises what `git` raises: InfraFault when a tree or a blob is missing.
    """
    archive = Archive(git)
    archive.prepare(_pairs(record))
    broken = [one for work in record.works for one in interruptions(record, work, archive)]
    traces = [follow(record, work, archive) for work in record.works]
    stories = [
        story(record, work, trace, archive)
        for work, trace in zip(record.works, traces, strict=True)
    ]
    concerned = Counter(seq for one in stories for seq in one.concerned)
    told = sorted(
        (
            (act, one.work, one.trace)
            for one in stories
            for act in acts(one, (concerned - Counter(one.concerned)).keys())
        ),
        key=lambda one: (one[0].seq, one[1].began),
    )
    entries = [
        entry_of(record, work, trace, act, number)
        for number, (act, work, trace) in enumerate(told, start=1)
    ]
    delegations = [
        measured(
            record,
            work,
            trace,
            archive,
            [entry for entry in entries if entry.delegation == work.delegation],
            [one for one in broken if one.delegation == work.delegation],
        )
        for work, trace in zip(record.works, traces, strict=True)
    ]
    written = units_written(record, traces, archive)
    return Ledger(tuple(broken), tuple(entries), tuple(delegations), written)


def _pairs(record: Record) -> Iterator[Pair]:
    """The trees that will be compared."""
    for step in record.trunk:
        yield step.before, step.after
        if step.expected is not None:
            yield step.before, step.expected
            yield step.expected, step.after
    for work in record.works:
        if work.version is not None:
            yield work.base, work.version
            for step in record.trunk:
                if step.delegation == work.delegation and step.expected is not None:
                    yield work.version, step.expected
