"""Several runs in columns: where each stands and, in step, what each did."""

import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from agentcli.cli.options import named_run
from agentcli.cli.say import echo
from agentcli.journal.store import Journal
from agentcli.plain import plain
from agentcli.runs.beside import Side, Step, facts, read_sides


def print_beside(names: Sequence[str], *, steps: bool, as_json: bool) -> None:
    """The runs of these names, in this order; with `steps`, a row for each step."""
    with Journal() as journal:
        sides = read_sides([named_run(journal, name) for name in names], journal)
    if as_json:
        columns = [{"run": side.run_id, **dict(facts(side))} for side in sides]
        echo(json.dumps(columns, ensure_ascii=False))
        return
    _print_table(sides, list(_steps(sides)) if steps else [])


def _print_table(sides: Sequence[Side], rows: Sequence[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", style="dim", no_wrap=True)
    for side in sides:
        table.add_column(side.run_id, ratio=1, no_wrap=bool(rows), overflow="ellipsis")
    for fact in zip(*map(facts, sides), strict=True):
        table.add_row(fact[0][0], *(plain(words) for _, words in fact))
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def _steps(sides: Sequence[Side]) -> Iterator[tuple[str, ...]]:
    for number, row in enumerate(zip_longest(*(side.steps for side in sides)), start=1):
        yield f"step {number}", *(_said(step) if step else "" for step in row)


def _said(step: Step) -> str:
    return f"{step.seconds:.0f} s  {step.agent}  {step.act}"
