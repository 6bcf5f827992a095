"""The measures of one delegation, from its trace and its acts."""

from collections.abc import Sequence

from agentcli.delegation.ledger.archive import Archive
from agentcli.delegation.ledger.follow import merge_of
from agentcli.delegation.ledger.kinds import Act
from agentcli.delegation.ledger.records import Record, Work
from agentcli.delegation.ledger.trace import Trace
from agentcli.delegation.ledger.units import comment_units
from agentcli.journal.ledger_events import (
    OVERRIDE_KINDS,
    DelegationMeasured,
    Fractions,
    InterruptionFound,
    LedgerEntry,
)

_SOON = 5  # opportunities


def fractions(record: Record, work: Work, trace: Trace) -> Fractions:
    """Overwritten units over |U| when the work came in, when the delegation closed, at the end."""
    end = record.trunk[-1].seq if record.trunk else work.began
    merge = merge_of(record, work)
    merged = merge.seq if merge else None
    closed = None if work.closed is None else max(work.closed, merged or 0)
    return Fractions(
        integration=None if merged is None else _share(trace, merged),
        close=None if closed is None else _share(trace, closed),
        end=_share(trace, max(end, closed or 0)),
    )


def _share(trace: Trace, seq: int) -> float:
    return len(trace.at(seq)) / len(trace.units) if trace.units else 0.0


def measured(
    record: Record,
    work: Work,
    trace: Trace,
    archive: Archive,
    entries: Sequence[LedgerEntry],
    broken: Sequence[InterruptionFound],
) -> DelegationMeasured:
    """One delegation at the end of the run; kept + changed + removed are its units."""
    shares = fractions(record, work, trace)
    overridden = any(entry.kind in OVERRIDE_KINDS for entry in entries)
    soon = [entry.opportunity for entry in entries if entry.is_override]
    soon += [opportunity(work, one.at_seq) for one in broken]
    alone = bool(work.proposals) and not broken and not overridden and shares.close == 0
    changed = sum(loss.how == "changed" for loss in trace.lost.values())
    return DelegationMeasured(
        delegation=work.delegation,
        parent=work.parent,
        child=work.child,
        checkpoints=len(work.checkpoints),
        proposals=len(work.proposals),
        units=len(trace.units),
        kept=len(trace.units) - len(trace.lost),
        changed=changed,
        removed=len(trace.lost) - changed,
        fractions=shares,
        overridden=overridden,
        interrupted=bool(broken),
        within_five=any(number <= _SOON for number in soon),
        opportunities=len(work.opportunities),
        output_tokens=broken[0].output_tokens if broken else work.output_tokens,
        autonomous=None if alone else False,  # the verifier has the last word
        comment_units=comment_units(archive.compare(work.base, work.version or work.base)),
    )


def entry_of(record: Record, work: Work, trace: Trace, act: Act, number: int) -> LedgerEntry:
    """An act as the ledger keeps it: who acted, and what stands because of it.

    The actor is the parent, except in a relay, where it is the successor whose turn it was. An
    act after the delegation's end shows in the end of the line of work, not in that of the
    delegation.
    """
    merge = merge_of(record, work)
    late = work.closed is not None and act.seq > work.closed
    earlier = [step for step in record.trunk if step.seq <= act.seq]
    step = act.step or (earlier[-1] if earlier else None)
    assert work.version is not None
    return LedgerEntry(
        number=number,
        delegation=work.delegation,
        parent=(act.step.agent if act.step else "") or work.parent,
        child=work.child,
        kind=act.kind,
        at_seq=act.seq,
        parent_step=step.agent_step if step else 0,
        opportunity=opportunity(work, act.seq),
        tokens=step.tokens if step else 0,
        units=len(trace.units),
        touched=act.touched,
        fractions=fractions(record, work, trace),
        paths=act.paths,
        reason=act.reason,
        child_tree=work.version,
        expected=merge.expected or merge.after if merge else None,
        final=record.final if late else work.final or record.final,
    )


def opportunity(work: Work, seq: int) -> int:
    """How many of the parent's model calls up to then could see the delegation."""
    return sum(when <= seq for when in work.opportunities)
