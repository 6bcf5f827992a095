"""The line over a run: which it is, how it stands, what it is about."""

from textual.content import Content
from textual.widgets import Static

from agentcli.agents.clip import one_line
from agentcli.plain import plain
from agentcli.tui.sight import Sight
from agentcli.tui.words import amount, clock, ink, tone

_TASK = 300  # characters


class Headline(Static):
    """Two lines: state and what it took; the task."""

    def show(self, sight: Sight) -> None:
        """Bring it up to date."""
        view = sight.record.view
        started, spent = view.started, view.spending
        took = f"{amount(spent.usage.total)} tok · {spent.cost_text} · {clock(sight.seconds)}"
        model = next(iter(started.models.values()), "") if started else ""
        how = " · ".join(filter(None, [started.mode if started else "", model.rpartition("/")[2]]))
        self.update(
            Content.assemble(
                (f" {view.run_id or 'a new run'} ", "bold"),
                (f" {sight.status.replace('_', ' ')} ", f"bold {ink(tone(sight.status))}"),
                (f" {how} · {took}" if how else f" {took}", "dim"),
                "\n",
                f" {plain(one_line(started.task if started else '', _TASK))}",
            )
        )
