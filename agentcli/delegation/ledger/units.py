"""The units of a proposal: what a child changed, in the pieces that the ledger counts.

|U| counts each change once. A piece that the child put in is a unit; what it replaced belongs to
that unit. A piece that it took out without replacement is a unit too: it stands as long as the
piece stays away. What it only moved, re-indented or laid out anew is none.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentcli.delegation.ledger.matching import Comparison, Spot


@dataclass(frozen=True)
class Unit:
    """One change of a child's. `spot` is where: in its version, or for deletions in the base."""

    spot: Spot
    key: str
    scope: str
    deletion: bool
    replaced: frozenset[str] = frozenset()  # keys of the base's pieces in its place
    whole: bool = False  # in a function that is the child's from end to end

    @property
    def path(self) -> str:
        return self.spot[0]


def units(base_to_version: Comparison) -> list[Unit]:
    """The units between a delegation's base and its child's version."""
    changes = base_to_version
    # A renamed local is a change when its author made it: it can be taken back.
    found = [
        _put_in(changes, new, frozenset({changes.old_piece(old).key}))
        for old, new in changes.renamed.items()
    ]
    for hunk in changes.hunks:
        replaced = frozenset(changes.old_piece(spot).key for spot in hunk.gone)
        found += [_put_in(changes, spot, replaced) for spot in hunk.new]
        if not hunk.new:
            for spot in hunk.gone:
                piece = changes.old_piece(spot)
                found.append(Unit(spot, piece.key, piece.scope, deletion=True))
    return _with_functions(found, changes)


def _with_functions(found: Sequence[Unit], changes: Comparison) -> list[Unit]:
    own = Counter((unit.path, unit.scope) for unit in found if not unit.deletion)
    sizes = Counter(
        (path, piece.scope)
        for path in {path for path, _ in own}
        for piece in changes.new[path].pieces
    )
    return [
        replace(unit, whole=not unit.deletion and bool(unit.scope) and own[key] == sizes[key])
        for unit in found
        for key in [(unit.path, unit.scope)]
    ]


def _put_in(changes: Comparison, spot: Spot, replaced: frozenset[str]) -> Unit:
    piece = changes.new_piece(spot)
    return Unit(spot, piece.key, piece.scope, deletion=False, replaced=replaced)


def contributed(found: Sequence[Unit], to_merge: Comparison, merge: Comparison) -> list[Unit]:
    """Those units that a merge really brings: not what the trunk had already.

    A rebased proposal holds others' work as well, and two children may write the same line.
    `to_merge` leads from the child's version to the mechanical merge, `merge` from the trunk.
    """
    new = merge.place.keys() | merge.renamed.values()
    gone = Counter(merge.old_piece(spot).key for spot in merge.home)
    kept = []
    for unit in found:
        if unit.deletion:
            brought = gone[unit.key] > 0
            gone[unit.key] -= brought
        else:
            brought = to_merge.landing(unit.spot) in new
        if brought:
            kept.append(unit)
    return kept


def comment_units(base_to_version: Comparison) -> int:
    """Comment-only lines that a child put in or took out; reported apart."""
    old = Counter(key for content in base_to_version.old.values() for key in content.comments)
    new = Counter(key for content in base_to_version.new.values() for key in content.comments)
    return max((new - old).total(), (old - new).total())
