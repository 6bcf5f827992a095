"""What is compared: an arm is a name and the settings in which it differs from the others."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from agentcli.errors import UsageFault
from agentcli.modes.base import find_mode
from agentcli.settings import Settings, changed, listed

# What makes trials comparable belongs to the task or to the whole study.
_NOT_AN_ARMS = {
    "seed": "seeds are the study's: --seeds",
    "test": "the task's verifier decides",
    "setup": "it is the task's",
    "protect": "it is the task's",
}


class Arm(BaseModel):
    """One way of working. `changes` are settings by name, as JSON holds them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    changes: dict[str, Any]

    def settings(self, base: Settings) -> Settings:
        """The base settings under this arm. Raises UsageFault for what doesn't fit."""
        return changed(base, self.changes, f"arm {self.name}")


def parse_arm(text: str) -> Arm:
    """`[NAME=]MODE[:KEY=VALUE,...]` as typed; a list's parts are joined by `+`.

    Without a name the text is the name. Raises UsageFault that says what is wrong with it.
    """
    head, _, rest = text.partition(":")
    name, named, mode = head.rpartition("=")
    changes: dict[str, Any] = {"mode": mode}
    for part in filter(None, rest.split(",")):
        key, given, value = part.partition("=")
        if not given:
            raise UsageFault(f"Arm {text!r}: {part!r} says no value.", "Write KEY=VALUE.")
        key = key.strip().replace("-", "_")
        changes[key] = listed(key, "" if value == "none" else value.strip(), "+")
    return make_arm(name if named else text, changes)


def make_arm(name: str, changes: Mapping[str, Any]) -> Arm:
    """An arm that can work. Raises UsageFault for an unknown mode, key or value."""
    given = {key.replace("-", "_"): value for key, value in changes.items()}
    if not name.strip():
        raise UsageFault("An arm needs a name.", "Write NAME=MODE:KEY=VALUE,…")
    for key in given.keys() & _NOT_AN_ARMS.keys():
        raise UsageFault(f"Arm {name!r} sets `{key}`, which it can't.", f"{_NOT_AN_ARMS[key]}.")
    made = Arm(name=name, changes=given).settings(Settings())
    find_mode(made.mode)
    return Arm(name=name, changes=made.model_dump(mode="json", include=set(given)))


def check_names(arms: Iterable[Arm]) -> None:
    """Raise UsageFault when there is no arm, or two of one name."""
    names = [arm.name for arm in arms]
    if not names:
        raise UsageFault("No arm is given.", "For example: --arm solo --arm swarm:policy=turns.")
    for name in names:
        if names.count(name) > 1:
            raise UsageFault(f"Two arms are called {name!r}.", "Name one: --arm NAME=MODE:…")
