"""The bar over a run: its state, and what it took of its budget."""

from textual.content import Content
from textual.widgets import Static

from agentcli.journal.folds import RunView
from agentcli.tui.words import amount, clock, tone

_CELLS = 10


class Budget(Static):
    """One line: run, status, mode, tokens against the limit as a bar, cost, time."""

    def show(self, view: RunView, status: str, max_tokens: int | None, seconds: float) -> None:
        """Bring it up to date."""
        spent = view.spending
        mode = view.started.mode if view.started else ""
        took = spent.usage.total
        share = min(1.0, took / max_tokens) if max_tokens else 0.0
        of = f" of {amount(max_tokens)}" if max_tokens else ""
        full = round(share * _CELLS) or (1 if took and max_tokens else 0)
        self.update(
            Content.assemble(
                (f" {view.run_id} ", "bold"),
                (status.replace("_", " "), f"bold ${tone(status)}"),
                (f" · {mode} · ", "$text-muted"),
                ("━" * full, f"${'error' if share > 0.9 else 'primary'}"),
                ("━" * (_CELLS - full), "$surface-lighten-2"),
                f" {amount(took)}{of} tok",
                (f" · {spent.cost_text} · {clock(seconds)}", "$text-muted"),
            )
        )
