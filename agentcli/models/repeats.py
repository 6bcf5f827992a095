"""Whether a reply has got stuck: its end is one phrase over and over.

Small models do this until their output limit ends it. Data is honest even when it repeats (a board
of `None`, a ruler of dashes), so only words make a phrase, and it has to come often.
"""

import re

_PROBE = 24  # characters at the end whose last occurrence before gives the period
_LONGEST = 1000  # characters of a phrase
_LEAST = 800  # characters that the repetitions of a phrase must fill
_TIMES = 4  # that even a long phrase must come
_WORDS = 3  # different ones that make a phrase; with fewer it is data
_DATA_TIMES = 90  # below litellm's own limit of 100 pieces, which it takes for a server error
_WORD = re.compile(r"[^\W\d_]{2,}")


def repeated(text: str) -> str | None:
    """The phrase that a text ends with again and again; None if it doesn't.

    Cheap enough for each piece of a stream: two searches by the interpreter's own code.
    """
    at = text.rfind(text[-_PROBE:], max(0, len(text) - _PROBE - _LONGEST), len(text) - 1)
    if at < 0:
        return None
    phrase = text[at + _PROBE :]
    words = set(_WORD.findall(phrase * 3)[1:-1])  # without the halves at both ends
    if not words:
        return None
    many = max(_TIMES, -(-_LEAST // len(phrase))) if len(words) >= _WORDS else _DATA_TIMES
    return phrase if text.endswith(phrase * many) else None


def said_once(text: str) -> str:
    """A stuck reply up to where it begins to repeat itself; any other as it is."""
    phrase = repeated(text)
    if phrase is None:
        return text
    end = len(text)
    while text.endswith(phrase, 0, end):
        end -= len(phrase)
    return text[: end + len(phrase)]
