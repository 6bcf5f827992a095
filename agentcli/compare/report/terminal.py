"""The report on a terminal."""

from typing import TYPE_CHECKING

from agentcli.compare.report.data import Report
from agentcli.compare.report.tables import Table, tables
from agentcli.plain import plain

if TYPE_CHECKING:
    from rich.console import Console


def print_report(report: Report, console: "Console") -> None:
    """Alarms, tables, and what may be concluded."""
    from rich.text import Text

    console.print(Text(plain(report.study), style="bold"))
    for alarm in report.alarms:
        console.print(Text(f"! {plain(alarm)}", style="yellow"))
    for table in tables(report):
        console.print()
        _print_table(table, console)
    for conclusion in report.conclusions:
        console.print()
        console.print(Text(f"You may say: {plain(conclusion.may)}"))
        console.print(Text(f"Not:         {plain(conclusion.may_not)}", style="dim"))


def _print_table(table: Table, console: "Console") -> None:
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(
        title=table.title, title_justify="left", box=None, pad_edge=False, header_style="dim"
    )
    for number, name in enumerate(table.columns):
        shown.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*(Text(plain(cell)) for cell in row))
    console.print(shown)
    console.print(Text(table.note, style="dim"))
