"""Follow a child's units through everything that happened to the trunk.

Compared are the trees that stood, never authors: a squash or a rebase changes no tree, so it
costs nothing, and an edit inside a merge commit shows as what differs from the mechanical merge.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agentcli.delegation.ledger.archive import Archive
from agentcli.delegation.ledger.matching import Comparison, Hunk, Spot
from agentcli.delegation.ledger.records import Record, Step, Work
from agentcli.delegation.ledger.statements import Piece
from agentcli.delegation.ledger.units import Unit, contributed, units

Why = Literal["parent", "child", "merge", "conflict", "rollback", "person", "formatter", "unknown"]
How = Literal["changed", "removed"]


@dataclass(frozen=True)
class Loss:
    """A unit that stands no longer: by what cause, and whether something is in its place."""

    why: Why
    how: How
    undone: bool = False  # what stood before the child stands again


@dataclass
class Touch:
    """What one movement of the trunk did to one delegation's work."""

    step: Step
    why: Why
    inner: bool = False  # an edit inside the merge commit of this delegation
    lost: set[int] = field(default_factory=set)
    seen: bool = False  # files of its units changed
    moved: bool = False
    outside: bool = False  # something in its files changed that is no unit of it
    wires: bool = False  # another file's change names what the child made
    undone_after: int = 0  # units in whose place the base stands again, by all changes so far
    paths: tuple[str, ...] = ()


@dataclass
class Trace:
    """A delegation's units: which stand and where, and why the others don't."""

    units: Sequence[Unit]
    standing: dict[Spot, int] = field(default_factory=dict)  # what was put in
    away: set[int] = field(default_factory=set)  # what was taken out, and still is
    lost: dict[int, Loss] = field(default_factory=dict)
    merged: bool = False  # as a proposal; `landed`: all of it came into the trunk some other way
    landed: bool = False
    touches: list[Touch] = field(default_factory=list)
    history: list[tuple[int, frozenset[int]]] = field(default_factory=list)  # parent's losses

    @property
    def paths(self) -> frozenset[str]:
        """Files that its units are in, or were."""
        return frozenset(unit.path for unit in self.units) | {path for path, _ in self.standing}

    def advance(self, touch: Touch, change: Comparison, conflicts: Collection[Spot] = ()) -> None:
        """Take the trunk's next change into account."""
        paths = self.paths
        touch.seen = bool(paths & change.old.keys())
        spots = self._carry(touch, change, conflicts)
        self._restore(touch, change)
        self._revive(touch, change)
        touch.outside = any(_beyond(hunk, spots) for hunk in change.hunks if hunk.path in paths)
        touch.undone_after = sum(loss.undone for loss in self.lost.values())
        self.touches.append(touch)
        by_parent = (index for index, loss in self.lost.items() if loss.why == "parent")
        self.history.append((touch.step.seq, frozenset(by_parent)))

    def at(self, seq: int) -> frozenset[int]:
        """The units that the parent had overwritten by then."""
        return next((lost for when, lost in reversed(self.history) if when <= seq), frozenset())

    def _carry(
        self, touch: Touch, change: Comparison, conflicts: Collection[Spot]
    ) -> frozenset[Spot]:
        """Carry what stands over to the new tree; returns the spots of what was lost."""
        base = frozenset().union(*(unit.replaced for unit in self.units))
        standing: dict[Spot, int] = {}
        gone = set()
        for spot, index in self.standing.items():
            unit = self.units[index]
            if spot[0] not in change.old:
                standing[spot] = index
                continue
            there = change.landing(spot)
            if there is not None and not _taken_back(change, spot, there, unit):
                standing[there] = index
                touch.moved |= spot in change.moved or spot[0] != there[0]
                continue
            gone.add(spot)
            hunk = change.home.get(spot)
            put = frozenset(change.new_piece(s).key for s in hunk.new) if hunk else unit.replaced
            undone = put <= base and (not unit.replaced or bool(put & unit.replaced))
            why: Why = "conflict" if spot in conflicts else touch.why
            self._lose(touch, index, Loss(why, "changed" if put else "removed", undone))
        self.standing = standing
        return frozenset(gone)

    def _lose(self, touch: Touch, index: int, loss: Loss) -> None:
        self.lost[index] = loss
        if loss.why != "conflict":
            touch.lost.add(index)

    def _restore(self, touch: Touch, change: Comparison) -> None:
        """Deletions that are undone: the piece is back in its function, or in its file."""
        back = _Pool((spot, change.new_piece(spot)) for spot in change.place)
        for index in sorted(self.away):
            if back.take(self.units[index]) is not None:
                self.away.discard(index)
                self._lose(touch, index, Loss(touch.why, "changed", undone=True))

    def _revive(self, touch: Touch, change: Comparison) -> None:
        """What was lost and is there again, as the child wrote it."""
        new = change.place.keys() - self.standing.keys()
        back = _Pool((spot, change.new_piece(spot)) for spot in sorted(new))
        away = _Pool((spot, change.old_piece(spot)) for spot in change.home)
        for index in sorted(self.lost.keys() - touch.lost):
            unit = self.units[index]
            spot = (away if unit.deletion else back).take(unit)
            if spot is None:
                continue
            del self.lost[index]
            if unit.deletion:
                self.away.add(index)
            else:
                self.standing[spot] = index


class _Pool:
    """Pieces of a change, each to be taken once."""

    def __init__(self, pieces: Iterable[tuple[Spot, Piece]]) -> None:
        self._spots: dict[tuple[str, str], list[Spot]] = defaultdict(list)
        for spot, piece in pieces:
            self._spots[piece.key, piece.scope].append(spot)

    def take(self, unit: Unit) -> Spot | None:
        """A piece that is the unit's: in its file, or in a function of that name elsewhere."""
        spots = self._spots.get((unit.key, unit.scope), [])
        fitting = [spot for spot in spots if spot[0] == unit.path]
        best = next(iter(fitting or (spots if unit.scope else [])), None)
        if best is not None:
            spots.remove(best)
        return best


def _taken_back(change: Comparison, spot: Spot, there: Spot, unit: Unit) -> bool:
    """Whether a renaming gave a statement the name that it had before the child."""
    return spot in change.renamed and change.new_piece(there).key in unit.replaced


def _beyond(hunk: Hunk, lost: frozenset[Spot]) -> bool:
    gone = hunk.gone.keys()
    return bool(gone - lost) or (bool(hunk.new) and not gone & lost)


def follow(record: Record, work: Work, archive: Archive) -> Trace:
    """The whole story of one delegation's version in the trunk."""
    version = work.version
    if version is None:
        return Trace([])
    found = units(archive.compare(work.base, version))
    merges = [s for s in record.trunk if s.cause == "merge" and s.delegation == work.delegation]
    if not merges:
        return _follow_unmerged(record, work, archive, found)
    merge = merges[-1]
    expected = merge.expected or merge.after
    if merge.before != work.base:
        found = contributed(found, archive.compare(merge.before, expected))
    trace = _begin(found)
    trace.merged = True
    trace.advance(Touch(merge, "merge"), archive.compare(version, expected))
    trace.touches.clear()  # a merge is nobody's edit
    if expected != merge.after:
        _edit_inside(trace, archive, merge, expected, work)
    for step in record.trunk:
        if step.seq > merge.seq:
            _advance(trace, archive, step, work)
    return trace


def _begin(found: Sequence[Unit]) -> Trace:
    standing = {unit.spot: i for i, unit in enumerate(found) if not unit.deletion}
    return Trace(found, standing, {i for i, unit in enumerate(found) if unit.deletion})


def _edit_inside(trace: Trace, archive: Archive, merge: Step, expected: str, work: Work) -> None:
    change = archive.compare(expected, merge.after)
    lines = archive.conflict_lines(merge.after, expected)
    spots = {
        (path, index)
        for path in merge.conflicts
        if path in change.old
        for index, piece in enumerate(change.old[path].pieces)
        if path not in lines or piece.line in lines[path]
    }
    why: Why = "child" if merge.agent == work.child else "parent" if merge.agent else "unknown"
    touch = Touch(merge, why, inner=True, paths=tuple(sorted(change.old)))
    trace.advance(touch, change, spots)


def _advance(trace: Trace, archive: Archive, step: Step, work: Work) -> None:
    change = archive.compare(step.before, step.after)
    why: Why = "child" if step.agent == work.child else step.cause
    touch = Touch(step, why, paths=tuple(sorted(archive.changed(step.before, step.after))))
    trace.advance(touch, change)
    made = {u.scope.rsplit(".", 1)[-1] for u in trace.units if not u.deletion and u.scope}
    touch.wires = _names_any(change, made)


def _names_any(change: Comparison, names: set[str]) -> bool:
    if not names:
        return False
    words = (
        word.strip("\2\"'")
        for spot in change.place
        for word in change.new_piece(spot).key.replace("\x1f", " ").split()
    )
    return not names.isdisjoint(words)


def _follow_unmerged(record: Record, work: Work, archive: Archive, found: list[Unit]) -> Trace:
    """A version that was never merged as such may still land: squashed, or copied."""
    trunk = _trunk_before(record, work)
    if trunk != work.base:
        brought = archive.compare(work.base, trunk)
        own = archive.compare(work.base, work.version or work.base)
        others = [brought.new_piece(spot).key for spot in brought.place]
        mine = {own.new_piece(spot).key for spot in own.place}
        if others and sum(key in mine for key in others) * 2 >= len(others):  # rebased
            found = contributed(found, archive.compare(trunk, work.version or trunk))
    trace = Trace(found)
    trace.lost = {i: Loss("unknown", "removed") for i in range(len(found))}
    for step in record.trunk:
        if step.seq > work.began and step.cause in ("parent", "unknown", "merge"):
            _advance(trace, archive, step, work)
    trace.landed = bool(trace.units) and not trace.lost
    return trace


def _trunk_before(record: Record, work: Work) -> str:
    marks = work.proposals or work.checkpoints
    before = [step.after for step in record.trunk if step.seq < marks[-1].seq]
    return before[-1] if before else record.base
