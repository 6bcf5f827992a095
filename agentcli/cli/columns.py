"""Two versions of files beside each other, for a terminal."""

import difflib
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from agentcli.plain import plain
from agentcli.workspace.store import RunStore

_CONTEXT = 3  # equal lines kept around a difference
_GAP = "…"


def print_columns(store: RunStore, left: str, right: str, paths: Sequence[str]) -> None:
    """The changed parts of `paths` (of all files, if none are given) in two columns."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    for path in paths or [change.path for change in store.changes(left, right)]:
        table = Table(
            title=plain(path), title_justify="left", box=None, expand=True, show_header=False
        )
        table.add_column(ratio=1, overflow="fold")
        table.add_column(ratio=1, overflow="fold")
        before, after = (_lines(store, tree, path) for tree in (left, right))
        for old, new, equal in beside(before, after):
            styles = ("dim", "dim") if equal else ("red", "green")
            table.add_row(Text(old, style=styles[0]), Text(new, style=styles[1]))
        console.print(table)


def beside(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Rows of two lines and whether they are equal; long equal parts are left out."""
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_CONTEXT)):
        if number:
            yield _GAP, _GAP, True
        for tag, a, b, c, d in group:
            for old, new in zip_longest(before[a:b], after[c:d], fillvalue=""):
                yield old, new, tag == "equal"


def _lines(store: RunStore, tree: str, path: str) -> list[str]:
    text = (store.read_blob(tree, path) or b"").decode("utf-8", "replace")
    return [plain(line) for line in text.splitlines()]
