"""Which items of two sequences belong together: patience diff, in the order of the text."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_EXACT = 40_000  # pairs of items up to which difflib's slower search is affordable


@dataclass(frozen=True)
class Gap:
    """A stretch that differs: `old[a0:a1]` stands for `new[b0:b1]`. One of them may be empty."""

    a0: int
    a1: int
    b0: int
    b1: int


Pair = tuple[int, int]  # an index of the old and one of the new sequence


def align(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Pair two sequences by what is equal, and first by what occurs once in both.

    Patience diff (B. Cohen): unlike the longest common subsequence it does not tie pieces of
    different functions together by their common phrases, and it takes n log n.
    """
    return _slid(old, new, sorted(_pairs(old, new)))


def gaps(pairs: Sequence[Pair], old: int, new: int) -> list[Gap]:
    """The stretches between the pairs, for sequences of these lengths."""
    found = []
    a = b = 0
    for i, j in [*pairs, (old, new)]:
        if i > a or j > b:
            found.append(Gap(a, i, b, j))
        a, b = i + 1, j + 1
    return found


def _slid(old: Sequence[str], new: Sequence[str], pairs: list[Pair]) -> list[Pair]:
    """What was only taken out or only put in, told as late as it can be.

    Where a block ends as the one before it does (a brace, a `done`), both ends could be the one
    that went. As git does, the later stretch is taken: it begins where the block begins.
    """
    slid = []
    a = b = 0  # the gap before the next pair is old[a:i], new[b:j]
    for i, j in pairs:
        if b == j and a < i and old[a] == old[i]:
            i = a
        elif a == i and b < j and new[b] == new[j]:
            j = b
        slid.append((i, j))
        a, b = i + 1, j + 1
    return slid


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    stack = [Gap(0, len(old), 0, len(new))]
    while stack:
        gap = stack.pop()
        a0, a1, b0, b1 = gap.a0, gap.a1, gap.b0, gap.b1
        while a0 < a1 and b0 < b1 and old[a0] == new[b0]:
            yield a0, b0
            a0, b0 = a0 + 1, b0 + 1
        while a0 < a1 and b0 < b1 and old[a1 - 1] == new[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
            yield a1, b1
        if a0 == a1 or b0 == b1:
            continue
        anchors = _anchors(old, new, Gap(a0, a1, b0, b1))
        if anchors:
            for i, j in anchors:
                yield i, j
                stack.append(Gap(a0, i, b0, j))
                a0, b0 = i + 1, j + 1
            stack.append(Gap(a0, a1, b0, b1))
        elif (a1 - a0) * (b1 - b0) <= _EXACT:
            matcher = SequenceMatcher(None, old[a0:a1], new[b0:b1], autojunk=False)
            for block in matcher.get_matching_blocks():
                for k in range(block.size):
                    yield a0 + block.a + k, b0 + block.b + k


def _anchors(old: Sequence[str], new: Sequence[str], gap: Gap) -> list[tuple[int, int]]:
    """What occurs once on both sides, in an order that both share."""
    olds = Counter(old[gap.a0 : gap.a1])
    news = Counter(new[gap.b0 : gap.b1])
    places = {new[j]: j for j in range(gap.b0, gap.b1) if news[new[j]] == 1}
    common = [
        (i, places[old[i]]) for i in range(gap.a0, gap.a1) if olds[old[i]] == 1 and old[i] in places
    ]
    return _rising(common)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs whose second members rise too."""
    tails: list[int] = []  # the smallest end of a rising part, by its length
    tops: list[int] = []  # the pair that has that end
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(tails, j)
        before.append(tops[length - 1] if length else -1)
        tails[length : length + 1] = [j]
        tops[length : length + 1] = [index]
    found = []
    at = tops[-1] if tops else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]
