"""The run's budget: a bar for each limit that it was given."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from agentcli.tui.sight import Sight
from agentcli.tui.words import amount, clock

_NAME = 7  # cells
_TIGHT, _OUT = 0.75, 0.95  # shares from which the bar's colour warns


@dataclass(frozen=True)
class Bar:
    """One limit and how much of it is used, with both in words."""

    name: str
    used: float
    limit: float
    words: str

    @property
    def share(self) -> float:
        return min(1.0, self.used / self.limit)


class Limits(Static):
    """A line a limit."""

    BORDER_TITLE = "Budget"

    def show(self, sight: Sight) -> None:
        """Bring it up to date."""
        width = max(20, self.content_size.width)
        bars = _bars(sight)
        words = max((len(bar.words) for bar in bars), default=0)
        cells = max(4, width - _NAME - words - 2)
        self.display = bool(bars)
        self.update(Content("\n").join(_line(bar, cells) for bar in bars))


def _bars(sight: Sight) -> list[Bar]:
    spent, limits = sight.record.view.spending, sight.record.settings
    found = []

    def add(setting: str, name: str, used: float, word: Callable[[float], str]) -> None:
        if limit := limits.get(setting):
            found.append(Bar(name, used, limit, f"{word(used)} of {word(limit)}"))

    add("max_tokens", "tokens", spent.usage.total, amount)
    add("max_cost", "cost", spent.cost, "${:.2f}".format)
    add("max_steps", "steps", spent.steps, "{:.0f}".format)
    add("max_time", "time", sight.seconds, clock)
    return found


def _line(bar: Bar, cells: int) -> Content:
    full = round(bar.share * cells) or (1 if bar.used else 0)
    color = "error" if bar.share >= _OUT else "warning" if bar.share >= _TIGHT else "primary"
    return Content.assemble(
        (f"{bar.name:<{_NAME}}", "dim"),
        ("━" * full, f"${color}"),
        ("─" * (cells - full), "dim"),
        f" {bar.words}",
    )
