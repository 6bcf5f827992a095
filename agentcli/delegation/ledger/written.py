"""Who wrote how much of a line of work: its parent's children, or the parent itself.

Counted is what was written, whatever became of it, in the units of `units.py`. Changes that the
parent made one after the other count as one, so that trying and mending doesn't add up; taking
a child's work out again is a change like any other.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from agentcli.delegation.ledger.archive import Archive, Pair
from agentcli.delegation.ledger.records import Record, Step
from agentcli.delegation.ledger.trace import Trace
from agentcli.delegation.ledger.units import units
from agentcli.journal.ledger_events import UnitsWritten


def units_written(record: Record, traces: Sequence[Trace], archive: Archive) -> UnitsWritten:
    """The units that one parent's children wrote, and those that it wrote itself.

    What a lost child left is in the proposal of the one that took its brief over.
    """
    parent = record.works[0].parent
    return UnitsWritten(
        parent=parent,
        children=sum(
            len(trace.units)
            for work, trace in zip(record.works, traces, strict=True)
            if work.end != "lost"
        ),
        own=sum(len(units(archive.compare(*pair))) for pair in _own(record.trunk, parent)),
    )


def _own(trunk: Sequence[Step], parent: str) -> Iterator[Pair]:
    """Before and after each stretch of the parent's own changes, and each edit inside a merge."""
    for own, steps in groupby(trunk, lambda s: s.cause == "parent" and s.agent == parent):
        stretch = list(steps)
        if own:
            yield stretch[0].before, stretch[-1].after
            continue
        for step in stretch:
            if step.agent == parent and step.expected not in (None, step.after):
                assert step.expected is not None
                yield step.expected, step.after
