"""What kind of act it was: five kinds override, seven don't. First match wins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agentcli.agents.scope import covers
from agentcli.delegation.ledger.archive import Archive
from agentcli.delegation.ledger.records import Record, Step, Work
from agentcli.delegation.ledger.trace import Touch, Trace
from agentcli.journal.ledger_events import OtherKind, OverrideKind

Kind = OverrideKind | OtherKind | Literal["unattributed"]

_RESTORES = 0.9  # share of U from which a restoring act is a revert
_REWRITES = 0.5  # share of U from which a change is a rewrite


@dataclass(frozen=True)
class Act:
    """One act towards one delegation's work. `step` is the change of the trunk, if it is one."""

    kind: Kind
    seq: int
    step: Step | None = None
    touched: int = 0
    paths: tuple[str, ...] = ()
    reason: str = ""


def acts(record: Record, work: Work, trace: Trace, archive: Archive) -> list[Act]:
    """All acts towards a delegation's work, in order."""
    if work.version is None:
        return []
    found = [
        Act("revise_request", d.seq, reason=d.text) for d in work.deliveries if d.kind == "revise"
    ]
    instead = _instead(record, work, trace, archive)
    if instead is not None:
        found.append(instead)
    if trace.merged:
        for group in _groups(trace.touches, record):
            found += _classify(trace, group)
    return sorted(found, key=lambda act: act.seq)


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


def _instead(record: Record, work: Work, trace: Trace, archive: Archive) -> Act | None:
    """The parent's act in place of taking the child's work in: takeover or discard."""
    assert work.version is not None
    own = archive.changed(work.base, work.version)
    writes = writes_in_scope(record, work, archive, own)
    submitted = work.proposals[0].seq if work.proposals else work.closed
    early = [s for s in writes if submitted is None or s.seq < submitted]
    rejected = work.end == "discarded" or (work.end == "rolled_back" and work.by_parent)
    if early and (trace.merged or rejected or work.end == "open"):
        return _act("takeover", early[0], trace, archive)
    if trace.merged or work.closed is None:
        return None
    if work.end == "superseded":
        return Act("superseded_by_replan", work.closed, reason=work.reason)
    if not rejected or (work.version == work.base) or trace.landed:
        return None
    closed = work.closed
    before = [s for s in writes if s.seq < closed]
    after = [
        s
        for s in record.trunk
        if s.seq > closed
        and any(_covered(path, work, own) for path in archive.changed(s.before, s.after))
    ]
    if before:
        return _act("takeover", before[0], trace, archive)
    if after and after[0].cause == "parent":
        return _act("takeover", after[0], trace, archive)
    return Act("discard", closed, None, len(trace.lost), tuple(sorted(own)), work.reason)


def _act(kind: Kind, step: Step, trace: Trace, archive: Archive) -> Act:
    paths = tuple(sorted(archive.changed(step.before, step.after)))
    touched = 0 if trace.merged else len(trace.lost)
    return Act(kind, step.seq, step, touched, paths, step.reason)


def _groups(touches: Sequence[Touch], record: Record) -> Iterator[list[Touch]]:
    """Changes that follow one another in the trunk, by one agent and cause, are one act."""
    group: list[Touch] = []
    for touch in touches:
        last = group[-1] if group else None
        if last and (last.inner or (last.why, last.step.agent) != (touch.why, touch.step.agent)):
            yield group
            group = []
        group.append(touch)
    if group:
        yield group


def _classify(trace: Trace, group: Sequence[Touch]) -> Iterator[Act]:
    kind = _kind(trace, group)
    if kind is None:
        return
    telling = [t for t in group if t.lost] or [t for t in group if t.seen or t.wires]
    first = telling[0].step
    touched = len(frozenset().union(*(t.lost for t in group)))
    paths = tuple(sorted({path for t in telling for path in t.paths}))
    yield Act(kind, first.seq, first, touched, paths, first.reason)


def _kind(trace: Trace, group: Sequence[Touch]) -> Kind | None:
    lost = frozenset().union(*(t.lost for t in group))
    seen = any(t.seen for t in group)
    match group[0].why:
        case "parent":
            return _parents(trace, group, lost)
        case "person":
            return "user_edit" if seen else None
        case "formatter":
            return "format" if seen else None
        case "unknown":
            return "unattributed" if lost else None
        case _:
            return None


def _parents(trace: Trace, group: Sequence[Touch], lost: frozenset[int]) -> Kind | None:
    if lost:
        undone = sum(t.undone_after for t in group[-1:])
        if undone >= _RESTORES * len(trace.units):
            return "revert"
        return "rewrite" if len(lost) >= _REWRITES * len(trace.units) else "amend"
    if any(t.inner and t.step.conflicts for t in group):
        return "conflict_fix"
    if any(t.moved for t in group):
        return "move"
    if any((t.seen and t.outside) or (t.wires and not t.seen) for t in group):
        return "integration_fix"
    return "format" if any(t.seen for t in group) else None
