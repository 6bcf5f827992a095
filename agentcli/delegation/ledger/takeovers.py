"""What a parent did in place of taking its child's work in: its own work, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agentcli.agents.scope import covers
from agentcli.codemap.languages import language_of
from agentcli.delegation.ledger.archive import Archive
from agentcli.delegation.ledger.follow import is_rejected
from agentcli.delegation.ledger.matching import Comparison
from agentcli.delegation.ledger.records import Record, Step, Work
from agentcli.delegation.ledger.trace import Trace


@dataclass(frozen=True)
class Instead:
    """An act because of which a version does not land, or not as produced."""

    kind: Literal["takeover", "discard", "superseded_by_replan"]
    seq: int
    step: Step | None = None
    touched: int = 0
    paths: tuple[str, ...] = ()
    reason: str = ""


def writes_in_scope(
    record: Record, work: Work, archive: Archive, own: frozenset[str]
) -> list[Step]:
    """Steps since the delegation began in which its parent changed files of its scope."""
    return [
        step
        for step in record.trunk
        if step.cause == "parent"
        and step.agent != work.child
        and step.seq > work.began
        and any(_covered(path, work, own) for path in archive.changed(step.before, step.after))
    ]


def _covered(path: str, work: Work, own: frozenset[str]) -> bool:
    # Without a scope of its own, what a child wrote is the scope.
    return any(covers(one, path) for one in work.scope) if work.scope else path in own


def instead(record: Record, work: Work, trace: Trace, archive: Archive) -> Instead | None:
    """The parent's act in place of taking the child's work in; None: there was none."""
    if work.version is None or work.version == work.base:
        return _superseded(work)
    own = archive.changed(work.base, work.version)
    writes = writes_in_scope(record, work, archive, own)
    submitted = work.proposals[0].seq if work.proposals else work.closed
    early = [step for step in writes if submitted is None or step.seq < submitted]
    if trace.merged:
        return _ran_into(early, trace, archive) if work.proposals else None
    if work.end == "superseded":
        return _superseded(work)
    rejected = is_rejected(work)
    if not (rejected or work.end == "open") or _landed(trace, work):
        return None
    redone = [step for step in writes if _redoes(archive, step, trace)]
    if work.end == "open":
        redone = [step for step in redone if step in early]
    if redone and not _redone_before(record, work, trace, archive, redone[0]):
        return _takeover(redone[0], archive, len(trace.units))
    if not rejected or work.closed is None:
        return None
    touched = len(trace.at(work.closed))
    return Instead("discard", work.closed, None, touched, tuple(sorted(own)), work.reason)


def _superseded(work: Work) -> Instead | None:
    if work.end != "superseded" or work.closed is None:
        return None
    return Instead("superseded_by_replan", work.closed, reason=work.reason)


def _landed(trace: Trace, work: Work) -> bool:
    if trace.landed is None:
        return False
    return trace.by_hand or (work.closed is not None and trace.landed <= work.closed)


def _ran_into(early: Sequence[Step], trace: Trace, archive: Archive) -> Instead | None:
    """A write before the submission that the merge then had to give way to."""
    inner = next((touch for touch in trace.touches if touch.inner), None)
    if inner is None:
        return None
    lost = inner.lost | inner.settled
    paths = {trace.units[index].path for index in lost}
    for step in early:
        if paths & archive.changed(step.before, step.after):
            return _takeover(step, archive, len(lost))
    return None


def _takeover(step: Step, archive: Archive, touched: int) -> Instead:
    paths = tuple(sorted(archive.changed(step.before, step.after)))
    return Instead("takeover", step.seq, step, touched, paths, step.reason)


def _redone_before(record: Record, work: Work, trace: Trace, archive: Archive, step: Step) -> bool:
    """Whether another child, asked after the end of this one, had done its work by then."""
    later = {
        other.delegation
        for other in record.works
        if work.closed is not None and other.began > work.closed
    }
    return any(
        merge.delegation in later and _says(archive, merge, trace)
        for merge in record.trunk
        if merge.cause == "merge" and merge.seq < step.seq
    )


def _redoes(archive: Archive, step: Step, trace: Trace) -> bool:
    """Whether a change puts its own in the place of the child's units.

    It writes a function of that name, replaces what they replaced, or says the same. In a file
    that can't be read as syntax, every line that it puts in may be one.
    """
    if _says(archive, step, trace):
        return True
    change = archive.compare(step.before, step.after)
    paths = {unit.path for unit in trace.units}
    return any(path in paths and language_of(path) is None for path, _ in change.place)


def _says(archive: Archive, step: Step, trace: Trace) -> bool:
    change: Comparison = archive.compare(step.before, step.after)
    paths = {unit.path for unit in trace.units}
    scopes = {unit.scope for unit in trace.units if unit.scope}
    keys = {unit.key for unit in trace.units if not unit.scope}
    replaced = frozenset().union(*(unit.replaced for unit in trace.units))
    put = [change.new_piece(s) for s in change.place if s[0] in paths and language_of(s[0])]
    if any(p.scope in scopes if p.scope else p.key in keys for p in put):
        return True
    return any(spot[0] in paths and change.old_piece(spot).key in replaced for spot in change.home)
