"""The override ledger's rows: whose work was overridden by whom, why, and whether it helped."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import DataTable, Static

from agentcli.agents.clip import one_line
from agentcli.journal.ledger_events import LedgerEntry
from agentcli.journal.ledger_folds import LedgerView
from agentcli.plain import plain


class Ledger(Vertical):
    """A table, and below it the entry under the cursor in full."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = LedgerView("")

    def compose(self) -> ComposeResult:
        table: DataTable[Text] = DataTable(cursor_type="row", id="entries")
        table.add_columns("#", "kind", "child", "by", "effect", "reason")
        yield table
        yield Static(id="entry")

    def show(self, view: LedgerView) -> None:
        """Show this ledger."""
        self._view = view
        table = self.query_one(DataTable)
        table.clear()
        for entry in view.entries.values():
            effect = view.effects.get(entry.number)
            restored = " (restored)" if entry.number in view.restored else ""
            cells = (
                str(entry.number),
                entry.kind + restored,
                entry.child,
                entry.parent,
                effect.effect if effect else "–",
                plain(one_line(entry.reason, 80)),
            )
            table.add_row(*map(Text, cells), key=str(entry.number))
        table.display = bool(view.entries)
        if not view.entries:
            self.query_one("#entry", Static).update(Content(_nothing(view)))

    def on_data_table_row_highlighted(self, message: DataTable.RowHighlighted) -> None:
        entry = self._view.entries.get(int(message.row_key.value or 0))
        if entry is not None:
            text = plain(_details(entry, self._view))
            self.query_one("#entry", Static).update(Content(text))


def _nothing(view: LedgerView) -> str:
    if view.failure:
        return f"The ledger could not be found: {view.failure}"
    if not view.delegated:
        return "No work was handed down, so nobody could be overridden."
    if not view.found:
        return "The ledger is found when the run is over."
    return f"{len(view.delegated)} delegations, and nobody's work was overridden."


def _details(entry: LedgerEntry, view: LedgerView) -> str:
    lines = [
        f"{entry.kind} of {entry.child} by {entry.parent}, at its step {entry.parent_step}",
        f"{entry.touched} of {entry.units} units touched · {', '.join(entry.paths) or 'no paths'}",
        f"reason: {entry.reason or 'none given'}",
    ]
    effect = view.effects.get(entry.number)
    if effect is not None:
        lines.append(
            f"{effect.effect}: {_passed(effect.expected_passed)} with the child's version,"
            f" {_passed(effect.final_passed)} now"
        )
    lines.append(f"agentcli restore {view.run_id} {entry.number} takes the child's version")
    return "\n".join(lines)


def _passed(passed: bool | None) -> str:
    return {True: "tests pass", False: "tests fail", None: "not scorable"}[passed]
