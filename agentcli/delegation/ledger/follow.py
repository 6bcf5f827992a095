"""The story of one delegation's version in the trunk: merged, put there by hand, or never."""

from collections.abc import Collection, Sequence

from agentcli.delegation.ledger.archive import Archive
from agentcli.delegation.ledger.matching import Comparison, Spot
from agentcli.delegation.ledger.moves import Native
from agentcli.delegation.ledger.records import Record, Step, Work
from agentcli.delegation.ledger.touch import Cover, Loss, Touch, Why
from agentcli.delegation.ledger.trace import Trace
from agentcli.delegation.ledger.units import Unit, contributed, units


def follow(record: Record, work: Work, archive: Archive) -> Trace:
    """The whole story of one delegation's version in the trunk."""
    if work.version is None:
        return Trace([])
    merge = merge_of(record, work)
    if merge is None:
        return _follow_unmerged(record, work, archive)
    return _follow_merged(record, work, archive, merge)


def merge_of(record: Record, work: Work) -> Step | None:
    """The step in which the delegation's version came in; None: it never did."""
    merges = [s for s in record.trunk if s.cause == "merge" and s.delegation == work.delegation]
    return merges[-1] if merges else None


def is_rejected(work: Work) -> bool:
    """Whether the parent decided that the work does not come in."""
    return work.end == "discarded" or (work.end == "rolled_back" and work.by_parent)


def _follow_merged(record: Record, work: Work, archive: Archive, merge: Step) -> Trace:
    assert work.version is not None
    expected = merge.expected or merge.after
    to_merge = archive.compare(work.version, expected)
    found = units(archive.compare(work.base, work.version))
    if merge.before != work.base:
        found = contributed(found, to_merge, archive.compare(merge.before, expected))
    standing = {unit.spot: i for i, unit in enumerate(found) if not unit.deletion}
    away = {i for i, unit in enumerate(found) if unit.deletion}
    trace = Trace(found, standing, away, merged=True, landed=merge.seq)
    trace.advance(Touch(merge, "merge"), to_merge, _native(work, archive, work.version))
    trace.touches.clear()  # a merge is nobody's edit
    if expected != merge.after:
        _edit_inside(trace, archive, merge, work)
    for step in record.trunk:
        if step.seq > merge.seq:
            _advance(trace, archive, step, work)
    return trace


def _edit_inside(trace: Trace, archive: Archive, merge: Step, work: Work) -> None:
    """What a merge commit holds beyond the mechanical merge, of any delegation's."""
    expected = merge.expected or merge.after
    change = archive.compare(expected, merge.after)
    why: Why = "child" if merge.agent == work.child else "parent" if merge.agent else "unknown"
    inner = merge.delegation == work.delegation
    touch = Touch(merge, why, inner, tuple(sorted(archive.changed(expected, merge.after))))
    conflicts = _conflicts(archive, merge, change)
    trace.advance(touch, change, _native(work, archive, expected), conflicts)
    _look_for_wiring(trace, touch, change)


def _conflicts(archive: Archive, merge: Step, change: Comparison) -> Collection[Spot]:
    lines = archive.conflict_lines(merge.after, merge.expected or merge.after)
    return {
        (path, index)
        for path in merge.conflicts
        if path in change.old
        for index, piece in enumerate(change.old[path].pieces)
        if path not in lines or piece.line in lines[path]
    }


def _advance(trace: Trace, archive: Archive, step: Step, work: Work) -> None:
    edited = step.cause == "merge" and step.expected is not None and step.expected != step.after
    after = step.expected if edited and step.expected else step.after
    change = archive.compare(step.before, after)
    rejected = step.cause == "rollback" and step.seq == work.closed and is_rejected(work)
    why: Why = "child" if step.agent == work.child else "parent" if rejected else step.cause
    touch = Touch(step, why, paths=tuple(sorted(archive.changed(step.before, after))))
    trace.advance(touch, change, _native(work, archive, step.before))
    _look_for_wiring(trace, touch, change)
    if edited:
        _edit_inside(trace, archive, step, work)


def _native(work: Work, archive: Archive, tree: str) -> Native:
    """Tells the pieces of a later tree that the child had found when it began."""
    known: set[Spot] | None = None

    def is_native(spot: Spot) -> bool:
        nonlocal known
        since = archive.compare(work.base, tree)
        if known is None:
            known = {*since.kept.values(), *since.moved.values()}
        return spot[0] not in since.new or spot in known

    return is_native


def _look_for_wiring(trace: Trace, touch: Touch, change: Comparison) -> None:
    made = {u.scope.rsplit(".", 1)[-1] for u in trace.units if not u.deletion and u.scope}
    if not made:
        return
    words = (
        word.strip("\2\"'")
        for spot in change.place
        for word in change.new_piece(spot).key.replace("\x1f", " ").split()
    )
    touch.wires = not made.isdisjoint(words)


def _follow_unmerged(record: Record, work: Work, archive: Archive) -> Trace:
    """A version that was never merged as such may still land: squashed, or copied."""
    trace = Trace(_own_units(record, work, archive))
    nothing = Cover()
    trace.lost = {i: Loss("unknown", nothing) for i in range(len(trace.units))}
    pending = work.closed if is_rejected(work) else None
    for step in record.trunk:
        if step.seq <= work.began:
            continue
        if pending is not None and step.seq > pending:
            _reject(trace, pending)
            pending = None
        missing = len(trace.lost)
        _advance(trace, archive, step, work)
        if trace.landed is None and missing:
            _notice_landing(trace, work, step, missing)
    if pending is not None:
        _reject(trace, pending)
    return trace


def _reject(trace: Trace, seq: int) -> None:
    """From now on what is missing is missing by the parent's decision."""
    trace.lost = {
        index: Loss("parent", loss.cover) if loss.why == "unknown" else loss
        for index, loss in trace.lost.items()
    }
    trace.note(seq)


def _notice_landing(trace: Trace, work: Work, step: Step, missing: int) -> None:
    """Whether this step put the child's version in by another way than a merge of it.

    A submitted version that the parent puts in with changes has landed too, if half of it has:
    what differs was then overwritten on the way.
    """
    left = len(trace.lost)
    submitted = bool(work.proposals) and work.proposals[0].seq < step.seq
    by_parent = step.cause == "parent"
    partly = by_parent and submitted and (missing - left) * 2 >= len(trace.units)
    if left and not partly:
        return
    trace.landed, trace.by_hand = step.seq, by_parent
    touch = trace.touches[-1]
    touch.outside = touch.wires = touch.moved = touch.laid_out = False
    trace.lost = {i: Loss("parent", loss.cover) for i, loss in trace.lost.items()}
    touch.lost |= trace.lost.keys()
    trace.note(step.seq)


def _own_units(record: Record, work: Work, archive: Archive) -> Sequence[Unit]:
    """The units of a version that was not merged, without what it was rebased on."""
    version = work.version or work.base
    own = archive.compare(work.base, version)
    found = units(own)
    marks = work.proposals or work.checkpoints
    before = [step.after for step in record.trunk if step.seq < marks[-1].seq]
    trunk = before[-1] if before else record.base
    if trunk == work.base:
        return found
    brought = archive.compare(work.base, trunk)
    mine = {own.new_piece(spot).key for spot in own.place}
    others = [brought.new_piece(spot).key for spot in brought.place]
    if not others or sum(key in mine for key in others) * 2 < len(others):
        return found
    return contributed(found, archive.compare(version, version), archive.compare(trunk, version))
