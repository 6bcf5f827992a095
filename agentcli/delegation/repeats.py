"""Refuse briefs that only hand the same goal further down."""

import re
from collections.abc import Iterable

_SAME = 0.8  # share of words in common from which two goals count as one


def repeats(goal: str, ancestors: Iterable[str]) -> bool:
    """Whether a goal says what one of the ancestors' goals says already.

    Compared as sets of words (Jaccard index), after case and punctuation are gone, so that a
    reworded or reordered sentence is still recognised; a part of the goal is not a repeat.
    """
    words = _words(goal)
    return any(_similarity(words, _words(other)) >= _SAME for other in ancestors)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def _similarity(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 1.0
