"""The report as Markdown, as for a pull request."""

import re
from collections.abc import Iterator, Sequence

from agentcli.compare.report.data import Report
from agentcli.compare.report.tables import Table, tables

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def to_markdown(report: Report) -> str:
    """Alarms, conclusions, then the tables."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"## {_text(report.study)}"
    for alarm in report.alarms:
        yield f"\n> ⚠ {_text(alarm)}"
    for conclusion in report.conclusions:
        yield f"\n- **May be said:** {_text(conclusion.may)}"
        yield f"  **May not:** {_text(conclusion.may_not)}"
    for table in tables(report):
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield f"\n### {_text(table.title)}\n"
    yield _row(table.columns)
    yield _row([":--", *["--:"] * (len(table.columns) - 1)], plain=True)
    for row in table.rows:
        yield _row(row)
    yield f"\n{_text(table.note)}"


def _row(cells: Sequence[str], plain: bool = False) -> str:
    return f"| {' | '.join(cells if plain else map(_text, cells))} |"


def _text(words: str) -> str:
    """Words that mean nothing to Markdown; a line stays a line."""
    return _SPECIAL.sub(r"\\\1", " ".join(words.split()))
