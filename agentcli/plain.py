"""Text of models, commands and files, made harmless for a terminal and for the eye.

A terminal obeys control characters: they can hide lines, change titles, answer as if typed.
Marks of writing direction make code read otherwise than it runs. Both are shown as JSON would
write them, so that text which is JSON keeps its meaning.
"""

import re

_TELLTALE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
    "|\r(?!\n)"  # alone it goes back over what was written
)
_COLORS = {"+": "32", "-": "31", "@": "36"}
_HEAD = ("diff ", "index ", "--- ", "+++ ", "new file", "deleted file", "old mode", "new mode")


def plain(text: str) -> str:
    """The text with everything that a terminal would obey shown instead; lines and tabs stay."""
    return _TELLTALE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def counted(number: int, what: str) -> str:
    """`1 step`, `2 steps`: a number with a noun whose plural ends in s."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def painted(patch: str) -> str:
    """A patch for a terminal: plain, with colours of ours alone."""
    return "".join(_paint(line) for line in plain(patch).splitlines(keepends=True))


def _paint(line: str) -> str:
    color = "1" if line.startswith(_HEAD) else _COLORS.get(line[:1])
    body = line.rstrip("\r\n")
    return f"\x1b[{color}m{body}\x1b[m{line[len(body) :]}" if color else line
