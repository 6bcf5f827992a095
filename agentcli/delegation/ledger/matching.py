"""What became of each piece between two trees: kept, moved, renamed, gone or new.

The work of `git diff -w -M -C` on pieces instead of lines. In each file the pieces are aligned;
what was cut in one place and pasted in another is a move; and where one local name was replaced
by another throughout its function, the statements are the same.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from agentcli.codemap.languages import language_of
from agentcli.delegation.ledger.alignment import Pair, align, gaps
from agentcli.delegation.ledger.statements import GAP, NAME, Content, Names, Piece

Spot = tuple[str, int]  # a path, and the number of a piece in it

_SAME_FILE = 0.5  # share of common pieces from which a file counts as renamed, as git's -M
ENOUGH = 20  # letters and digits that move together, as git blame's -M
_CANDIDATES = 50  # places that are looked at for each cut piece
_ANY_NAME = re.compile(f"{NAME}[^{GAP}]*")


@dataclass(frozen=True)
class Change:
    """A path whose content differs."""

    path: str
    before: Content
    after: Content


@dataclass
class Hunk:
    """A stretch that differs. Spots that turn out to be moved or renamed are taken out."""

    path: str
    gone: dict[Spot, None]  # in the order of the text
    new: dict[Spot, None]


@dataclass
class Comparison:
    """Two trees, piece by piece. Only paths that differ are in here."""

    old: Mapping[str, Content]
    new: Mapping[str, Content]
    kept: dict[Spot, Spot] = field(default_factory=dict)  # in order within its file
    moved: dict[Spot, Spot] = field(default_factory=dict)  # cut there, pasted here
    renamed: dict[Spot, Spot] = field(default_factory=dict)  # in order, but for a local's name
    hunks: list[Hunk] = field(default_factory=list)
    home: dict[Spot, Hunk] = field(default_factory=dict)  # of spots that are gone
    place: dict[Spot, Hunk] = field(default_factory=dict)  # of spots that are new

    def old_piece(self, spot: Spot) -> Piece:
        return self.old[spot[0]].pieces[spot[1]]

    def new_piece(self, spot: Spot) -> Piece:
        return self.new[spot[0]].pieces[spot[1]]

    def landing(self, spot: Spot) -> Spot | None:
        """Where a piece of the old tree stands in the new one; None when it is gone."""
        if spot[0] not in self.old:
            return spot
        return self.kept.get(spot) or self.moved.get(spot) or self.renamed.get(spot)


def compare(changes: Iterable[Change]) -> Comparison:
    """Compare two trees by all paths that differ between them."""
    changes = list(changes)
    found = Comparison({c.path: c.before for c in changes}, {c.path: c.after for c in changes})
    for old, new in _paired(changes):
        _align(found, old, new)
    found.home = {spot: hunk for hunk in found.hunks for spot in hunk.gone}
    found.place = {spot: hunk for hunk in found.hunks for spot in hunk.new}
    _find_moves(found)
    _find_renames(found)
    return found


def _paired(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Old and new paths that are one file. Renamed files are found by what they share."""
    pairs = [(c.path, c.path) for c in changes if c.before.pieces and c.after.pieces]
    left = {c.path: Counter(p.key for p in c.after.pieces) for c in changes if not c.before.pieces}
    for change in changes:
        if change.after.pieces or not change.before.pieces:
            continue
        keys = Counter(piece.key for piece in change.before.pieces)
        best = max(left, key=lambda path: _alike(keys, left[path]), default=None)
        if best is not None and _alike(keys, left[best]) >= _SAME_FILE:
            pairs.append((change.path, best))
            del left[best]
        else:
            pairs.append((change.path, change.path))
    return pairs + [(path, path) for path in left]


def _alike(a: Counter[str], b: Counter[str]) -> float:
    return (a & b).total() / max(a.total(), b.total(), 1)


def _align(found: Comparison, old: str, new: str) -> None:
    before, after = found.old[old].pieces, found.new[new].pieces
    pairs = align([p.key for p in before], [p.key for p in after])
    tidied = _without_islands if language_of(new) is None else _within_functions
    pairs = tidied(before, after, pairs)
    found.kept |= {(old, i): (new, j) for i, j in pairs}
    found.hunks += [
        Hunk(
            new,
            dict.fromkeys((old, i) for i in range(gap.a0, gap.a1)),
            dict.fromkeys((new, j) for j in range(gap.b0, gap.b1)),
        )
        for gap in gaps(pairs, len(before), len(after))
    ]


def _within_functions(
    before: Sequence[Piece], after: Sequence[Piece], pairs: Sequence[Pair]
) -> list[Pair]:
    """Without the phrases that two different functions have in common.

    A function is the same under another name when half of its statements are.
    """
    sizes = Counter(piece.scope for piece in before)
    common = Counter((before[i].scope, after[j].scope) for i, j in pairs)
    return [
        (i, j)
        for i, j in pairs
        if (a := before[i].scope) == (b := after[j].scope) or common[a, b] * 2 >= sizes[a]
    ]


def _without_islands(
    before: Sequence[Piece], after: Sequence[Piece], pairs: Sequence[Pair]
) -> list[Pair]:
    """Without lines too short to tell anything (`done`, a brace) amid lines that were replaced."""
    ends = [(-1, -1), *pairs, (len(before), len(after))]
    breaks = [n for n, ((a, b), (i, j)) in enumerate(pairwise(ends)) if i > a + 1 or j > b + 1]
    replaced = {n for n, ((a, b), (i, j)) in enumerate(pairwise(ends)) if i > a + 1 and j > b + 1}
    dropped: set[Pair] = set()
    for start, end in pairwise(breaks):
        run = pairs[start:end]
        short = letters(before[i].key for i, _ in run) < ENOUGH
        if short and start in replaced and end in replaced:
            dropped |= set(run)
    return [pair for pair in pairs if pair not in dropped]


def letters(keys: Iterable[str]) -> int:
    """Letters and digits in these keys."""
    return sum(sum(map(str.isalnum, key)) for key in keys)


def _find_moves(found: Comparison) -> None:
    """Match what was cut with what was pasted, the longest run first from each place on.

    A run counts when it is all that was cut there, or long enough not to be a coincidence.
    """
    pasted: dict[str, list[Spot]] = defaultdict(list)
    for spot in found.place:
        pasted[found.new_piece(spot).key].append(spot)
    for hunk in found.hunks:
        cut = list(hunk.gone)
        at = 0
        while at < len(cut):
            run = max(
                (
                    _run(found, cut, at, start)
                    for start in pasted.get(found.old_piece(cut[at]).key, ())[:_CANDIDATES]
                    if start in found.place
                ),
                key=len,
                default=(),
            )
            keys = (found.old_piece(spot).key for spot in cut[at : at + len(run)])
            if run and (len(run) == len(cut) or letters(keys) >= ENOUGH):
                for old, new in zip(cut[at:], run, strict=False):
                    _take(found, found.moved, old, new)
            at += max(len(run), 1)


def _run(found: Comparison, cut: Sequence[Spot], at: int, start: Spot) -> Sequence[Spot]:
    """The pieces from `start` on that are those of `cut` from `at` on, as far as that goes."""
    path, index = start
    run: list[Spot] = []
    for spot in islice(cut, at, None):
        there = (path, index + len(run))
        if there not in found.place or found.new_piece(there).key != found.old_piece(spot).key:
            break
        run.append(there)
    return run


def _find_renames(found: Comparison) -> None:
    """Take statements that differ in the names of locals only for the same.

    All must agree on the new names, and half of the function must be what it was: two loops look
    alike in any two functions.
    """
    pairs = [
        (old, new)
        for hunk in found.hunks
        for old, new in _same_shapes(found, hunk)
        if _is_rename(found, old, new)
    ]
    if not pairs:
        return
    same = Counter((spot[0], found.old_piece(spot).scope) for spot in found.kept)
    same.update((old[0], found.old_piece(old).scope) for old, _ in pairs)
    paths = {old[0] for old, _ in pairs}
    sizes = Counter((path, piece.scope) for path in paths for piece in found.old[path].pieces)
    for old, new in pairs:
        function = old[0], found.old_piece(old).scope
        if same[function] * 2 >= sizes[function]:
            _take(found, found.renamed, old, new)


def _same_shapes(found: Comparison, hunk: Hunk) -> list[tuple[Spot, Spot]]:
    """Statements of a stretch that are alike but for their names, in order."""
    gone, new = list(hunk.gone), list(hunk.new)
    pairs = align(
        [_ANY_NAME.sub(NAME, found.old_piece(spot).key) for spot in gone],
        [_ANY_NAME.sub(NAME, found.new_piece(spot).key) for spot in new],
    )
    return [(gone[i], new[j]) for i, j in pairs]


def _is_rename(found: Comparison, old: Spot, new: Spot) -> bool:
    """Whether the statements are one: each changed name was a local's, and is one's again.

    The old name is bound in the old function and gone from the new one; the reverse holds for
    the new name. With both, the change is the same in all statements of the function.
    """
    before, after = found.old_piece(old), found.new_piece(new)
    if before.scope != after.scope:
        return False
    olds = found.old[old[0]].names.get(before.scope, Names())
    news = found.new[new[0]].names.get(after.scope, Names())
    changed = {
        (a, b) for a, b in zip(before.key.split(GAP), after.key.split(GAP), strict=True) if a != b
    }
    one_to_one = len({a for a, _ in changed}) == len({b for _, b in changed}) == len(changed)
    return one_to_one and all(
        a[1:] in olds.bound - news.used and b[1:] in news.bound - olds.used for a, b in changed
    )


def _take(found: Comparison, into: dict[Spot, Spot], old: Spot, new: Spot) -> None:
    into[old] = new
    home, place = found.home.pop(old), found.place.pop(new)
    del home.gone[old], place.new[new]
