"""How the next run works: mode and policy, chosen in place, and the model's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Label, Select

if TYPE_CHECKING:
    from agentcli.settings import Settings

_LATER = "…"  # until the settings are read


@dataclass(frozen=True)
class Choices:
    """What there is to choose from, and what is set."""

    settings: "Settings"
    modes: Sequence[str]
    policies: Sequence[str]


def read_choices(repo: Path) -> Choices:
    """Read the settings as a command in this directory would. Raises UsageFault."""
    from agentcli.delegation.policy import PRESETS
    from agentcli.modes.base import modes
    from agentcli.settings import load_settings, project_root

    settings = load_settings(project_root(repo), {}).settings
    return Choices(settings, sorted(modes()), list(PRESETS))


class Way(Horizontal):
    """Two selects and what else is set."""

    def compose(self) -> ComposeResult:
        yield Label("mode")
        yield Select([(_LATER, _LATER)], id="mode", allow_blank=False, compact=True)
        yield Label("policy")
        yield Select([(_LATER, _LATER)], id="policy", allow_blank=False, compact=True)
        yield Label("", id="model")

    def show(self, choices: Choices) -> None:
        """Offer these choices, with what is set chosen."""
        settings = choices.settings
        self._offer("mode", choices.modes, settings.mode)
        self._offer("policy", choices.policies, settings.policy)
        model = settings.model or "auto"
        limit = f" · up to {settings.max_cost:g} $" if settings.max_cost else ""
        self.query_one("#model", Label).update(f"model [b]{model.rpartition('/')[2]}[/b]{limit}")

    @property
    def chosen(self) -> dict[str, str]:
        """The settings that were chosen here."""
        return {name: str(self.query_one(f"#{name}", Select).value) for name in ("mode", "policy")}

    def turn(self, name: str) -> None:
        """Choose the next one there is."""
        select = self.query_one(f"#{name}", Select)
        values = self._values.get(name, [_LATER])
        select.value = values[(values.index(str(select.value)) + 1) % len(values)]

    def on_mount(self) -> None:
        self._values: dict[str, Sequence[str]] = {}

    def _offer(self, name: str, values: Sequence[str], chosen: str) -> None:
        known = list(values) if chosen in values else [chosen, *values]
        self._values[name] = known
        select = self.query_one(f"#{name}", Select)
        select.set_options([(value, value) for value in known])
        select.value = chosen
