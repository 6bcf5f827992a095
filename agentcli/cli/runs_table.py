"""The list of runs: a line each, as much of it as the terminal has room for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agentcli.agents.clip import one_line
from agentcli.journal.folds import RunView
from agentcli.plain import plain
from agentcli.runs.look import live_status

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

COLORS = {
    **dict.fromkeys(("verified", "finished", "done"), "green"),
    **dict.fromkeys(("not_verified", "failed", "infra"), "red"),
    **dict.fromkeys(("at work", "working", "waiting"), "cyan"),
}

_UNKNOWN_WIDTH = 100  # columns that a list gets where the terminal's width is unknown
_WIDEST = 24  # columns, of any but the task
_TASK = 12  # columns that a task is worth before others give way
_GAP = 2
_GIVE_WAY = ("mode", "cost", "steps", "tokens", "model", "repository")  # in this order
_RIGHT = ("steps", "tokens", "cost")

Row = Mapping[str, "Text"]


def list_console() -> "Console":
    """Standard output, wide enough for a list also where nobody knows how wide it is."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal and console.width < _UNKNOWN_WIDTH:
        console = Console(highlight=False, width=_UNKNOWN_WIDTH)
    return console


def when(at: float) -> str:
    """A moment in the person's time zone; the day only when it isn't today."""
    moment = datetime.fromtimestamp(at)
    today = moment.date() == datetime.now().date()
    return moment.strftime("%H:%M" if today else "%Y-%m-%d %H:%M")


def model_names(view: RunView) -> list[str]:
    """The models of a run, each once, with their providers."""
    return list(dict.fromkeys(view.started.models.values())) if view.started else []


def print_runs(
    views: Sequence[RunView], console: "Console", omit: Sequence[str] = ("repository",)
) -> None:
    """A line for each run, without the columns that tell nothing here (`omit`).

    Where it gets narrow, models lose their providers unless that makes two of them look alike;
    then columns are left out. The run, when, its status and its task stay.
    """
    from rich.table import Table

    rows, columns = _fitting(views, console.width, omit)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in columns:
        width = _width(name, rows)
        table.add_column(
            name,
            no_wrap=True,
            min_width=width,
            max_width=width,
            justify="right" if name in _RIGHT else "left",
        )
    table.add_column("task", no_wrap=True, overflow="ellipsis", ratio=1)
    for row in rows:
        table.add_row(*(row[name] for name in columns), row["task"])
    console.print(table)


def _fitting(
    views: Sequence[RunView], room: int, omit: Sequence[str]
) -> tuple[list[Row], list[str]]:
    """The rows, and the columns before the task that there is room for."""
    rows = [_row(view, ", ".join(model_names(view))) for view in views]
    columns = [name for name in rows[0] if name not in ("task", *omit)]
    if _taken(columns, rows) <= room:
        return rows, columns
    short = _short(name for view in views for name in model_names(view))
    rows = [_row(view, ", ".join(short[name] for name in model_names(view))) for view in views]
    for name in _GIVE_WAY:
        if _taken(columns, rows) <= room:
            break
        columns = [each for each in columns if each != name]
    return rows, columns


def _row(view: RunView, models: str) -> Row:
    from rich.text import Text

    started, spent, status = view.started, view.spending, live_status(view)
    cells = {
        "run": view.run_id,
        "when": when(view.began),
        "status": f"{status}, applied" if view.applied else status,
        "mode": started.mode if started else "",
        "model": models,
        "steps": str(spent.steps),
        "tokens": f"{spent.usage.total:,}",
        "cost": spent.cost_text.replace("price unknown", "unknown"),
        "repository": Path(started.repo).name if started else "",
        "task": one_line(started.task if started else "", 200),
    }
    styles = {"status": COLORS.get(status, "yellow")}
    return {
        name: Text(plain(cell), style=styles.get(name, ""), overflow="ellipsis")
        for name, cell in cells.items()
    }


def _short(names: Iterable[str]) -> dict[str, str]:
    """Names without their providers, except where two would look alike."""
    known = {name: name.rpartition("/")[2] for name in names}
    count = Counter(known.values())
    return {name: short if count[short] == 1 else name for name, short in known.items()}


def _taken(columns: Sequence[str], rows: Sequence[Row]) -> int:
    return sum(_width(name, rows) + _GAP for name in columns) + _TASK


def _width(name: str, rows: Sequence[Row]) -> int:
    return min(_WIDEST, max(len(name), *(row[name].cell_len for row in rows)))
