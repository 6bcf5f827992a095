"""Find the text that an edit means, though the model quoted it a little wrong.

Five ways, from strict to tolerant; the first that finds exactly one place wins: exact,
right-stripped lines, trimmed lines, Unicode-normalised lines, and lines apart from indentation
and blank lines. The order follows codex's patch matcher; the feedback's content follows
aider's (see docs/architecture.md). A tolerant match shifts the replacement's indentation by as
much as the quotation was off. Line endings stay as they are in the file, line by line.
"""

import difflib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\u3000", " "),
        "…": "...",
    }
)
_SIMILAR = 0.6  # a place less like the quotation than this is no help
_BY_CHARACTER = 8  # lines; longer quotations are compared by whole lines
_LONG_SEARCH = 4000  # lines; beyond this the "did you mean" is not worth its time


@dataclass(frozen=True)
class Edit:
    """Replace `search` by `replace`; both with plain newlines."""

    search: str
    replace: str


class EditMismatch(Exception):
    """An edit that can't be placed. Its text tells the model why and what stands there."""


def apply_edit(text: str, edit: Edit) -> str:
    """The text with the edit done at its one place. Raises EditMismatch."""
    flat = _Flat(text)
    search, replace = _plain(edit.search), _plain(edit.replace)
    if not search.strip():
        raise EditMismatch("The search text is empty: quote the lines to replace.")
    if search == replace:
        raise EditMismatch("Search and replacement are the same.")
    start, end, replacement = _place(flat.text, search, replace)
    return flat.substitute(start, end, replacement)


def _place(text: str, search: str, replace: str) -> tuple[int, int, str]:
    start = text.find(search)
    if start >= 0 and text.find(search, start + 1) < 0:
        return start, start + len(search), replace
    if start >= 0:
        raise EditMismatch(_ambiguous(text, search))

    lines = text.split("\n")
    wanted = _strip_blank_edges(search.split("\n"))
    for normalise in (str.rstrip, str.strip, _unicode):
        found = _windows(lines, wanted, normalise)
        if len(found) > 1:
            raise EditMismatch(_ambiguous_lines(found))
        if found:
            return _span(lines, found[0], found[0] + len(wanted), wanted, replace)
    spans = _without_blanks(lines, wanted)
    if len(spans) > 1:
        raise EditMismatch(_ambiguous_lines([first for first, _ in spans]))
    if spans:
        return _span(lines, *spans[0], wanted, replace)
    raise EditMismatch(_explain(lines, wanted, replace, text))


def _windows(
    lines: Sequence[str], wanted: Sequence[str], normalise: Callable[[str], str]
) -> list[int]:
    target = [normalise(line) for line in wanted]
    have = [normalise(line) for line in lines]
    return [
        start
        for start in range(len(have) - len(target) + 1)
        if have[start] == target[0] and have[start : start + len(target)] == target
    ]


def _without_blanks(lines: Sequence[str], wanted: Sequence[str]) -> list[tuple[int, int]]:
    target = [_unicode(line) for line in wanted if line.strip()]
    have = [(number, _unicode(line)) for number, line in enumerate(lines) if line.strip()]
    return [
        (have[start][0], have[start + len(target) - 1][0] + 1)
        for start in range(len(have) - len(target) + 1)
        if [line for _, line in have[start : start + len(target)]] == target
    ]


def _span(
    lines: Sequence[str], first: int, last: int, wanted: Sequence[str], replace: str
) -> tuple[int, int, str]:
    start = sum(len(line) + 1 for line in lines[:first])
    end = start + sum(len(line) + 1 for line in lines[first:last]) - 1
    new = _strip_blank_edges(replace.split("\n")) if replace.strip() else []
    new = _shift(new, _indents(wanted, lines[first:last]))
    if not new:  # the lines go altogether, with their line end
        return start, min(end + 1, sum(len(line) + 1 for line in lines) - 1), ""
    return start, end, "\n".join(new)


def _indents(quoted: Sequence[str], actual: Sequence[str]) -> dict[str, str]:
    """Each indentation of the quotation and the one that stands in its place in the file."""
    pairs = zip(filter(str.strip, quoted), filter(str.strip, actual), strict=True)
    known: dict[str, str] = {}
    for said, there in pairs:
        known.setdefault(_indent(said), _indent(there))
    return known


def _shift(lines: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Move lines from the quotation's indentation to the file's, level by level."""
    return [_shift_line(line, known) if line.strip() else line for line in lines]


def _shift_line(line: str, known: Mapping[str, str]) -> str:
    indent = _indent(line)
    quoted = max((one for one in known if indent.startswith(one)), key=len, default=None)
    return line if quoted is None else known[quoted] + line[len(quoted) :]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _strip_blank_edges(lines: Sequence[str]) -> list[str]:
    inner = list(lines)
    while inner and not inner[0].strip():
        inner.pop(0)
    while inner and not inner[-1].strip():
        inner.pop()
    return inner


def _unicode(line: str) -> str:
    return unicodedata.normalize("NFKC", line.translate(_PUNCTUATION)).strip()


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _ambiguous(text: str, search: str) -> str:
    places, at = [], text.find(search)
    while at >= 0:
        places.append(text.count("\n", 0, at) + 1)
        at = text.find(search, at + 1)
    return _many(places)


def _ambiguous_lines(starts: Sequence[int]) -> str:
    return _many([start + 1 for start in starts])


def _many(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:8]))
    return (
        f"The search text stands {len(lines)} times (lines {shown}). "
        "Quote more lines around the place that you mean."
    )


def _explain(lines: Sequence[str], wanted: Sequence[str], replace: str, text: str) -> str:
    new = replace.strip("\n")
    there = "The replacement is already in the file. " if new.strip() and new in text else ""
    return there + _nearest(lines, wanted)


def _nearest(lines: Sequence[str], wanted: Sequence[str]) -> str:
    if len(lines) > _LONG_SEARCH:
        return "The search text is not in the file. Read the place first and quote it exactly."
    best, ratio = _most_similar(lines, wanted)
    if ratio < _SIMILAR:
        return "The search text is not in the file, nor anything like it. Read the file first."
    shown = "\n".join(lines[best : best + len(wanted)])
    return (
        f"The search text is not in the file. Did you mean these lines, from line {best + 1}?\n"
        f"{shown}"
    )


def _most_similar(lines: Sequence[str], wanted: Sequence[str]) -> tuple[int, float]:
    have = [line.strip() for line in lines]
    target = [line.strip() for line in wanted]
    # Character by character, a long quotation would take minutes.
    form: Callable[[list[str]], Sequence[str]] = "\n".join if len(target) <= _BY_CHARACTER else list
    matcher: difflib.SequenceMatcher[str] = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(form(target))
    best, best_ratio = 0, 0.0
    for start in range(max(1, len(have) - len(target) + 1)):
        matcher.set_seq1(form(have[start : start + len(target)]))
        if matcher.real_quick_ratio() <= best_ratio or matcher.quick_ratio() <= best_ratio:
            continue
        ratio = matcher.ratio()
        if ratio > best_ratio:
            best, best_ratio = start, ratio
    return best, best_ratio


class _Flat:
    """A text with plain newlines that knows where each character stood in the original."""

    def __init__(self, original: str) -> None:
        self._original = original
        self.text = _plain(original)

    def substitute(self, start: int, end: int, replacement: str) -> str:
        """Replace a span of the plain text, with the original's line ending of that place."""
        first, last = self._offset(start), self._offset(end)
        ending = self._ending_near(first)
        new = replacement.replace("\n", ending)
        return self._original[:first] + new + self._original[last:]

    def _offset(self, position: int) -> int:
        """Where a position of the plain text stands in the original."""
        if "\r\n" not in self._original:
            return position
        line = self.text.count("\n", 0, position)
        column = position - (self.text.rfind("\n", 0, position) + 1)
        offset = 0
        for _ in range(line):
            offset = self._original.index("\n", offset) + 1
        return offset + column

    def _ending_near(self, offset: int) -> str:
        at = self._original.find("\n", offset)
        if at < 0:
            at = self._original.rfind("\n", 0, offset)
        return "\r\n" if at > 0 and self._original[at - 1] == "\r" else "\n"
