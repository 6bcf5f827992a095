"""How many tokens a text is, without any tokenizer."""

import math
import re
from functools import lru_cache

# Identifiers are split where subword tokenizers tend to: at case changes, digits, punctuation.
_PIECES = re.compile(
    r"(?P<word> ?[A-Z]?[a-z]+|[A-Z]+)|(?P<digits>\d+)|(?P<space>\s+)|(?P<marks>[!-/:-@\[-`{-~]+)"
    r"|(?P<other>[^\x00-\x7f]+)|(?P<rest>.)",
    re.DOTALL,
)


@lru_cache(maxsize=4096)  # each step counts the whole conversation anew
def estimate_tokens(text: str) -> int:
    """Tokens of a text, within about 20 % of common BPE tokenizers for prose and code."""
    return math.ceil(sum(_weight(match) for match in _PIECES.finditer(text)))


def _weight(match: re.Match[str]) -> float:
    piece = match[0]
    match match.lastgroup:
        case "word":
            letters = len(piece.strip())
            return 1.0 if letters <= 8 else 1.0 + (letters - 8) / 6
        case "digits":
            return math.ceil(len(piece) / 3)
        case "space":
            # One blank belongs to the word after it; an indented line's break is one token.
            return 0.0 if piece == " " else max(1.0, len(piece) / 16)
        case "marks":
            return math.ceil(len(piece) / 2.2)
        case "other":
            return len(piece.encode()) / 2.6
        case _:
            return 1.0
