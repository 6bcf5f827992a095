"""Ranked definitions as text that fits a token budget."""

from collections.abc import Callable, Mapping, Sequence

from agentcli.codemap.graph import Ranked
from agentcli.codemap.tags import Defined, FileTags

ELISION = "…"
_INDENT = "  "


def fit(
    ranked: Sequence[Ranked],
    files: Mapping[str, FileTags],
    budget_tokens: int,
    count_tokens: Callable[[str], int],
) -> str:
    """The best definitions, as many as fit; "" when not even one does.

    Files stand in the order of their best definition, definitions in the order of the text.
    """
    low, high, best = 0, _upper_bound(ranked, files, budget_tokens), ""
    while low < high:
        middle = (low + high + 1) // 2
        text = draw(ranked[:middle], files)
        if count_tokens(text) <= budget_tokens:
            low, best = middle, text
        else:
            high = middle - 1
    return best


def draw(chosen: Sequence[Ranked], files: Mapping[str, FileTags]) -> str:
    """The chosen definitions under their files' paths, with what encloses them."""
    shown: dict[str, set[int]] = {}
    for ranked in chosen:
        shown.setdefault(ranked.path, set()).add(ranked.index)
    return "".join(
        f"{path}\n{_draw_file(files[path].defined, indices)}" for path, indices in shown.items()
    )


def outline_text(defined: Sequence[Defined]) -> str:
    """Every definition of one file with its line, nested."""
    width = len(str(defined[-1].line)) if defined else 0
    lines = [f"{d.line:>{width}}  {_INDENT * d.depth}{d.signature}\n" for d in defined]
    return "".join(lines)


def _draw_file(defined: Sequence[Defined], indices: set[int]) -> str:
    shown = indices | {up for index in indices for up in _enclosing(defined, index)}
    lines: list[str] = []
    elided = False
    for index, d in enumerate(defined):
        if index not in shown:
            elided = elided or not d.local
            continue
        if elided:
            lines.append(f"{_INDENT}{ELISION}\n")
            elided = False
        lines.append(f"{_INDENT * (d.depth + 1)}{d.signature}\n")
    return "".join(lines) + (f"{_INDENT}{ELISION}\n" if elided else "")


def _enclosing(defined: Sequence[Defined], index: int) -> Sequence[int]:
    depth, found = defined[index].depth, []
    for above in range(index - 1, -1, -1):
        if depth == 0:
            break
        if defined[above].depth < depth:
            depth = defined[above].depth
            found.append(above)
    return found


def _upper_bound(
    ranked: Sequence[Ranked], files: Mapping[str, FileTags], budget_tokens: int
) -> int:
    """More definitions can't fit: no tokenizer packs more than 16 characters in a token."""
    room = budget_tokens * 16
    for number, item in enumerate(ranked):
        room -= len(files[item.path].defined[item.index].signature)
        if room < 0:
            return number + 1
    return len(ranked)
