"""How the next run works: mode, policy, models, budget; visible, and changed in place."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Select

if TYPE_CHECKING:
    from agentcli.settings import Settings

# setting → its name here, and what an empty field means
_MODELS = {
    "model": ("model", "the first that is found"),
    "planner_model": ("planner", "as model"),
    "coder_model": ("coder", "as model"),
}
_BUDGET = {
    "max_tokens": ("tokens", "no limit"),
    "max_cost": ("$", "no limit"),
    "max_steps": ("steps", "no limit"),
    "max_time": ("seconds", "no limit"),
}


def read_settings(repo: Path) -> "Settings":
    """The settings as a command in this directory would have them. Raises UsageFault."""
    from agentcli.settings import load_settings, project_root

    return load_settings(project_root(repo), {}).settings


def read_names() -> dict[str, Sequence[str]]:
    """The modes and policies that there are. Imports every mode, which takes a while."""
    from agentcli.delegation.policy import PRESETS
    from agentcli.modes.base import modes

    return {"mode": sorted(modes()), "policy": list(PRESETS)}


class Way(Vertical):
    """Two selects and a field for each model and limit. Empty until the settings are read."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._offered: dict[str, Sequence[str]] = {}

    async def show(self, settings: "Settings") -> None:
        """Show what is set. Once."""
        await self.mount(
            Horizontal(
                *_select("mode", settings.mode),
                *_select("policy", settings.policy),
                Label("test"),
                _field("test", settings.test, "none: nothing decides"),
            ),
            Horizontal(*_fields(_MODELS, settings)),
            Horizontal(*_fields(_BUDGET, settings)),
        )

    def offer(self, names: dict[str, Sequence[str]]) -> None:
        """Offer these modes and policies; what is chosen stays."""
        for setting, known in names.items():
            select = self.query_one(f"#{setting}", Select)
            chosen = str(select.value)
            self._offered[setting] = known if chosen in known else [chosen, *known]
            select.set_options([(value, value) for value in self._offered[setting]])
            select.value = chosen

    @property
    def chosen(self) -> dict[str, Any]:
        """The settings that are chosen here, as text; None where a field is empty."""
        selects = {select.id: select.value for select in self.query(Select)}
        fields = {field.id: field.value.strip() or None for field in self.query(Input)}
        return {str(name): value for name, value in {**selects, **fields}.items()}

    def turn(self, name: str) -> None:
        """Choose the next one there is."""
        for select in self.query(f"#{name}").results(Select):
            values = self._offered.get(name, [])
            if not values:
                return
            at = values.index(str(select.value)) if select.value in values else -1
            select.value = values[(at + 1) % len(values)]

    def put(self, setting: str, value: str) -> bool:
        """Set one of them; whether there is such a value."""
        for field in self.query(f"#{setting}").results(Input):
            field.value = value
            return True
        for select in self.query(f"#{setting}").results(Select):
            if value in self._offered.get(setting, ()):
                select.value = value
                return True
        return False


def _select(name: str, chosen: str) -> tuple[Label, Select[str]]:
    only = [(chosen, chosen)]  # the others come when they are known
    return Label(name), Select(only, value=chosen, id=name, allow_blank=False, compact=True)


def _fields(named: dict[str, tuple[str, str]], settings: "Settings") -> list[Label | Input]:
    widgets: list[Label | Input] = []
    for setting, (name, empty) in named.items():
        widgets += [Label(name), _field(setting, getattr(settings, setting), empty)]
    return widgets


def _field(setting: str, value: object, empty: str) -> Input:
    text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return Input(text, placeholder=empty, id=setting, compact=True)
