"""A list of runs, the newest first: shared by the start screen and the runs screen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from textual.content import Content
from textual.widgets import DataTable

from agentcli.tui.words import amount, ink, tone, when

_COLUMNS = (("run", 8), ("when", 12), ("status", 18), ("mode", 9), ("tokens", 7), ("task", 200))
_MARKED = "bold reverse $primary"


@dataclass(frozen=True)
class Row:
    """One run, as text."""

    run_id: str
    when: str
    status: str
    mode: str
    took: str
    task: str

    def matches(self, words: str) -> bool:
        """Whether all of the words stand somewhere in the row."""
        text = f"{self.run_id} {self.status} {self.mode} {self.task}".lower()
        return all(word in text for word in words.lower().split())


def read_rows(limit: int | None = None) -> list[Row]:
    """The newest runs on record. Opens the journal, so call it beside the event loop."""
    from agentcli.journal.folds import fold
    from agentcli.journal.store import Journal
    from agentcli.plain import plain
    from agentcli.runs.look import live_status

    rows = []
    with Journal() as journal:
        for run_id in islice(journal.run_ids(), limit):
            view = fold(run_id, journal.outline(run_id))
            status = live_status(view)
            applied = ", applied" if view.applied else ""
            task = view.started.task if view.started else ""
            rows.append(
                Row(
                    run_id,
                    when(view.began),
                    status + applied,
                    view.started.mode if view.started else "",
                    amount(journal.tokens(run_id)),
                    plain(" ".join(task.split())),
                )
            )
    return rows


class RunsTable(DataTable[Content]):
    """A row a run; Enter opens it."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(cursor_type="row", id=id)
        for name, width in _COLUMNS:
            self.add_column(name, width=width)

    @property
    def selected(self) -> str | None:
        """The run under the cursor."""
        if not self.row_count:
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value

    def show(self, rows: Sequence[Row], marked: Collection[str] = ()) -> None:
        """Show these rows, some of them marked; the cursor stays on its run."""
        selected = self.selected
        self.clear()
        for row in rows:
            status = row.status.replace("_", " ")
            self.add_row(
                Content.styled(row.run_id, _MARKED if row.run_id in marked else "bold"),
                Content(row.when),
                Content.styled(status, ink(tone(row.status.partition(",")[0]))),
                Content(row.mode),
                Content(row.took),
                Content(row.task),
                key=row.run_id,
            )
        ids = [row.run_id for row in rows]
        if selected in ids:
            self.move_cursor(row=ids.index(selected))
