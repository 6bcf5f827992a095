"""A child's units in the trunk: which stand and where, and why the others don't.

Compared are the trees that stood, never authors: a squash or a rebase changes no tree, so it
costs nothing, and an edit inside a merge commit shows as what differs from the mechanical merge.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from agentcli.codemap.languages import language_of
from agentcli.delegation.ledger.matching import ENOUGH, Comparison, Spot, letters
from agentcli.delegation.ledger.moves import Native, moved
from agentcli.delegation.ledger.statements import Piece
from agentcli.delegation.ledger.touch import Cover, Loss, Touch, cover_of
from agentcli.delegation.ledger.units import Unit


@dataclass
class Trace:
    """A delegation's units: which stand and where, and why the others don't."""

    units: Sequence[Unit]
    standing: dict[Spot, int] = field(default_factory=dict)  # what was put in
    away: set[int] = field(default_factory=set)  # what was taken out, and still is
    lost: dict[int, Loss] = field(default_factory=dict)
    merged: bool = False  # as a proposal
    landed: int | None = None  # seq at which it was in the trunk, merged or some other way
    by_hand: bool = False  # the parent put it there without a merge
    touches: list[Touch] = field(default_factory=list)
    history: list[tuple[int, frozenset[int]]] = field(default_factory=list)  # parent's losses

    def __post_init__(self) -> None:
        self._base = frozenset().union(*(unit.replaced for unit in self.units))

    @property
    def paths(self) -> frozenset[str]:
        """Files that its units are in, or were."""
        return frozenset(unit.path for unit in self.units) | {path for path, _ in self.standing}

    def at(self, seq: int) -> frozenset[int]:
        """The units that the parent had overwritten by then."""
        return next((lost for when, lost in reversed(self.history) if when <= seq), frozenset())

    def note(self, seq: int) -> None:
        """Remember what the parent has overwritten by now."""
        by_parent = (index for index, loss in self.lost.items() if loss.why == "parent")
        self.history.append((seq, frozenset(by_parent)))

    def advance(
        self,
        touch: Touch,
        change: Comparison,
        native: Native,
        conflicts: Collection[Spot] = (),
    ) -> None:
        """Take the trunk's next change into account."""
        paths = self.paths
        touch.seen = bool(paths & change.old.keys())
        for cover in {loss.cover for loss in self.lost.values()}:
            cover.follow(change)
        before = self.standing
        self._carry(touch, change, native, conflicts)
        self._restore(touch, change)
        back = self._revive(touch, change)
        self._intrude(touch, change, back)
        touch.outside = any(
            bool(hunk.gone.keys() - before.keys()) or bool(hunk.new.keys() - back)
            for hunk in change.hunks
            if hunk.path in paths and not hunk.gone.keys() & before.keys()
        )
        touch.undone_after = sum(self._is_undone(i, loss) for i, loss in self.lost.items())
        self.touches.append(touch)
        self.note(touch.step.seq)

    def _carry(
        self, touch: Touch, change: Comparison, native: Native, conflicts: Collection[Spot]
    ) -> None:
        """Carry what stands over to the new tree."""
        standing: dict[Spot, int] = {}
        covers: dict[int, Cover] = {}
        landed: dict[Spot, Spot] = {}
        for spot, index in self.standing.items():
            if spot[0] not in change.old:
                standing[spot] = index
                continue
            there = change.landing(spot)
            if there is not None and not _taken_back(change, spot, there, self.units[index]):
                standing[there] = index
                landed[spot] = there
                touch.laid_out |= change.old_piece(spot).look != change.new_piece(there).look
                continue
            hunk = change.home.get(spot)
            cover = covers.setdefault(id(hunk), cover_of(change, hunk, there))
            self._lose(touch, index, cover, in_conflict=spot in conflicts)
        self.standing = standing
        touch.moved = moved(change, landed, native)

    def _lose(self, touch: Touch, index: int, cover: Cover, in_conflict: bool = False) -> None:
        if index in self.lost:  # somebody had put something into it before
            self.lost[index] = Loss(self.lost[index].why, cover)
            return
        self.lost[index] = Loss("conflict" if in_conflict else touch.why, cover)
        (touch.settled if in_conflict else touch.lost).add(index)

    def _restore(self, touch: Touch, change: Comparison) -> None:
        """Deletions that are undone: the piece is back in its function, or in its file."""
        offered: dict[tuple[str, str], list[Spot]] = defaultdict(list)
        for spot in change.place if self.away else ():
            piece = change.new_piece(spot)
            offered[piece.key, piece.scope].append(spot)
        for index in sorted(self.away):
            unit = self.units[index]
            spots = offered.get((unit.key, unit.scope), [])
            again = next((s for s in spots if s[0] == unit.path or unit.scope), None)
            if again is not None:
                spots.remove(again)
                self.away.discard(index)
                self._lose(touch, index, Cover(frozenset({again}), frozenset({unit.key})))

    def _revive(self, touch: Touch, change: Comparison) -> frozenset[Spot]:
        """What was lost and is there again, as the child wrote it; returns its spots."""
        gone = {index for index in self.lost.keys() - touch.lost if self.units[index].deletion}
        for spot in change.home if gone else ():
            piece = change.old_piece(spot)
            fitting = (i for i in sorted(gone) if _fits(self.units[i], spot, piece))
            again = next(fitting, None)
            if again is not None:
                gone.discard(again)
                del self.lost[again]
                self.away.add(again)
        stands = set(self.standing.values())
        missing = [
            index
            for index in sorted(self.lost.keys() - touch.lost - stands)
            if not self.units[index].deletion
        ]
        free = change.place.keys() - self.standing.keys()
        back: set[Spot] = set()
        runs = list(_runs(missing, self.units, free, change)) if missing and free else []
        everything = sum(map(len, runs)) == len(missing)
        for run in runs:
            keys = [self.units[index].key for index, _ in run]
            known = any(language_of(path) for _, (path, _) in run)
            if known or everything or letters(keys) >= ENOUGH:
                for index, spot in run:
                    del self.lost[index]
                    self.standing[spot] = index
                    back.add(spot)
        return frozenset(back)

    def _intrude(self, touch: Touch, change: Comparison, back: frozenset[Spot]) -> None:
        """A statement put into a function of the child's, where none stood, makes it another one.

        It counts against the function's first statement that stands, until it is gone again.
        """
        stands = {index: spot for spot, index in self.standing.items()}
        for index in [i for i, loss in self.lost.items() if i in stands and not loss.cover.spots]:
            del self.lost[index]
        put = [spot for hunk in change.hunks if not hunk.gone for spot in hunk.new.keys() - back]
        if not put:
            return
        functions: dict[tuple[str, str], Spot] = {}
        for spot, index in sorted(self.standing.items()):
            if spot[0] in change.new and self.units[index].whole:
                functions.setdefault((spot[0], change.new_piece(spot).scope), spot)
        hosts: dict[Spot, set[Spot]] = defaultdict(set)
        for spot in put:
            host = functions.get((spot[0], change.new_piece(spot).scope))
            if host is not None:
                hosts[host].add(spot)
        for host, spots in hosts.items():
            keys = frozenset(change.new_piece(spot).key for spot in spots)
            self._lose(touch, self.standing[host], Cover(frozenset(spots), keys))

    def _is_undone(self, index: int, loss: Loss) -> bool:
        """Whether what stood before the child stands again in the unit's place."""
        unit = self.units[index]
        if unit.deletion:
            return True
        keys = loss.cover.keys if loss.cover.spots else frozenset()
        return keys <= self._base and (not unit.replaced or bool(keys & unit.replaced))


def _taken_back(change: Comparison, spot: Spot, there: Spot, unit: Unit) -> bool:
    """Whether a renaming gave a statement the name that it had before the child."""
    return spot in change.renamed and change.new_piece(there).key in unit.replaced


def _runs(
    missing: Sequence[int], units: Sequence[Unit], free: Collection[Spot], change: Comparison
) -> Iterable[Sequence[tuple[int, Spot]]]:
    """Neighbouring units that are neighbours again, the longest run from each on."""
    left = set(free)
    offered: dict[tuple[str, str], list[Spot]] = defaultdict(list)
    for spot in sorted(left):
        piece = change.new_piece(spot)
        offered[piece.key, piece.scope].append(spot)

    def run_from(at: int, start: Spot) -> list[tuple[int, Spot]]:
        found = []
        for step, index in enumerate(missing[at:]):
            spot = start[0], start[1] + step
            unit = units[index]
            if spot not in left or not _fits(unit, spot, change.new_piece(spot)):
                break
            found.append((index, spot))
        return found

    at = 0
    while at < len(missing):
        unit = units[missing[at]]
        starts = offered.get((unit.key, unit.scope), ())
        run = max((run_from(at, start) for start in starts), key=len, default=[])
        left -= {spot for _, spot in run}
        if run:
            yield run
        at += max(len(run), 1)


def _fits(unit: Unit, spot: Spot, piece: Piece) -> bool:
    """Whether it is the unit's piece: in its file, or in a function of that name elsewhere."""
    if (piece.key, piece.scope) != (unit.key, unit.scope):
        return False
    return spot[0] == unit.path or bool(unit.scope)
