"""The plan: its items in merge order, each with its state."""

from textual.content import Content
from textual.widgets import Static

from agentcli.journal.plan_folds import ItemView
from agentcli.plain import plain
from agentcli.tui.sight import Sight
from agentcli.tui.words import ink, mark, tone


class Plan(Static):
    """Two lines an item. Hidden where nobody made a plan."""

    BORDER_TITLE = "Plan"

    def show(self, sight: Sight) -> None:
        """Bring it up to date."""
        items = sight.record.plan.items
        self.display = bool(items)
        self.update(Content("\n").join(_lines(item) for item in items.values()))


def _lines(item: ItemView) -> Content:
    who = f" · {item.agent}" if item.agent else ""
    after = f" · after {', '.join(item.after)}" if item.after and not item.agent else ""
    return Content.assemble(
        (f"{mark(item.state)} ", ink(tone(item.state))),
        (plain(item.name), "bold"),
        (f" {item.state}", ink(tone(item.state))),
        (plain(who + after), "dim"),
        "\n",
        (f"  {plain(' '.join(item.goal.split()))}", "dim"),
    )
