"""What one movement of the trunk did to a delegation's units, and what is in their place."""

from dataclasses import dataclass, field
from typing import Literal

from agentcli.delegation.ledger.matching import Comparison, Hunk, Spot
from agentcli.delegation.ledger.records import Step

Why = Literal["parent", "child", "merge", "conflict", "rollback", "person", "formatter", "unknown"]


@dataclass(eq=False)
class Cover:
    """What stands where units stood, or what was put into them; followed as they were."""

    spots: frozenset[Spot] = frozenset()
    keys: frozenset[str] = frozenset()

    def follow(self, change: Comparison) -> None:
        if not any(path in change.old for path, _ in self.spots):
            return
        after: set[Spot] = set()
        for spot in self.spots:
            there = change.landing(spot)
            after |= change.home[spot].new.keys() if there is None else {there}
        self.spots = frozenset(after)
        known = frozenset(change.new_piece(s).key for s in after if s[0] in change.new)
        untouched = any(path not in change.new for path, _ in after)
        self.keys = known | self.keys if untouched else known


@dataclass(frozen=True)
class Loss:
    """A unit that stands no longer: by what cause, and what is in its place."""

    why: Why
    cover: Cover

    @property
    def how(self) -> Literal["changed", "removed"]:
        return "changed" if self.cover.spots else "removed"


@dataclass
class Touch:
    """What one movement of the trunk did to one delegation's work."""

    step: Step
    why: Why
    inner: bool = False  # an edit inside the merge commit of this delegation
    paths: tuple[str, ...] = ()
    lost: set[int] = field(default_factory=set)
    settled: set[int] = field(default_factory=set)  # lost within what git marked as a conflict
    moved: bool = False
    laid_out: bool = False  # its text changed, not what it says
    seen: bool = False  # files of its units changed
    outside: bool = False  # something in its files changed that is no unit of it
    wires: bool = False  # another file's change names what the child made
    undone_after: int = 0  # units in whose place the base stands again, by all changes so far

    @property
    def concerns(self) -> bool:
        """Whether it touched the text of the child's own units."""
        return bool(self.lost or self.settled) or self.moved or self.laid_out


def cover_of(change: Comparison, hunk: Hunk | None, there: Spot | None) -> Cover:
    """What stands after a change in the place of a unit that it overwrote."""
    spots = frozenset(hunk.new) if hunk else frozenset({there} if there else ())
    return Cover(spots, frozenset(change.new_piece(spot).key for spot in spots))
