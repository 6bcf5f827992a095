"""A study as a YAML file: the arms, seeds and budget of a comparison, with a word on its question.

The ready studies are such files beside this module. Values may name `${parameters}` that whoever
runs the study gives, such as models.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentcli.compare.arms import Arm, make_arm
from agentcli.errors import UsageFault
from agentcli.tasks.task import Limits

_READY = files("agentcli.compare") / "studies"
_SUFFIX = ".yaml"


class Budget(BaseModel):
    """What each trial may take, whatever its arm."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int | None = Field(None, gt=0, description="input + output tokens")
    cost: float | None = Field(None, gt=0, description="US dollars")
    steps: int | None = Field(None, gt=0, description="model calls")
    time: float | None = Field(None, gt=0, description="seconds")

    def limits(self) -> Limits:
        """The same by the names that settings have."""
        return Limits(**{f"max_{key}": value for key, value in self.model_dump().items()})


class StudyFile(BaseModel):
    """What the file says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str = Field(description="the question, in a sentence")
    arms: dict[str, dict[str, Any]] = Field(description="name → the settings that differ")
    settings: dict[str, Any] = Field({}, description="settings that all arms share")
    parameters: dict[str, str] = Field({}, description="name → what it stands for")
    seeds: int = Field(1, ge=1, description="trials of each task and arm")
    budget: Budget = Budget()
    tasks: tuple[str, ...] = Field((), description="task files, folders, or IMPORTER:PATH")

    def made_arms(self, given: Mapping[str, str]) -> list[Arm]:
        """The arms with the parameters filled in. Raises UsageFault for one that isn't given."""
        return [make_arm(name, self._filled(what, given)) for name, what in self.arms.items()]

    def shared(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The shared settings, filled in likewise."""
        filled = self._filled(self.settings, given)
        return {key.replace("-", "_"): value for key, value in filled.items()}

    def _filled(self, values: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
        self._check_parameters(given)
        return {
            key: Template(value).substitute(given) if isinstance(value, str) else value
            for key, value in values.items()
        }

    def _check_parameters(self, given: Mapping[str, str]) -> None:
        for name in given.keys() - self.parameters.keys():
            raise UsageFault(f"The study has no parameter {name!r}.", _there_are(self.parameters))
        for name in self.parameters.keys() - given.keys():
            raise UsageFault(
                f"The study needs to know {name!r}: {self.parameters[name]}.",
                f"Give it: --param {name}=…",
            )


def ready_studies() -> dict[str, StudyFile]:
    """The studies that come with agentcli, by name."""
    found = sorted((one for one in _READY.iterdir()), key=lambda one: one.name)
    return {
        one.name.removesuffix(_SUFFIX): _parse(one.read_text("utf-8"), one.name)
        for one in found
        if one.name.endswith(_SUFFIX)
    }


def find_study(name: str) -> tuple[str, StudyFile]:
    """A ready study by its name, or one in a file by its path: its name and what it says.

    Raises UsageFault that says what is wrong with it. Paths of tasks start at the file's folder.
    """
    path = Path(name).expanduser()
    if path.suffix in (".yaml", ".yml"):
        try:
            text = path.read_text("utf-8")
        except OSError as error:
            raise UsageFault(f"{path} can't be read: {error.strerror}.") from error
        read = _parse(text, str(path))
        return path.stem, read.model_copy(update={"tasks": _placed(read.tasks, path.parent)})
    ready = ready_studies()
    if name not in ready:
        near = difflib.get_close_matches(name, ready, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else _there_are(ready)
        raise UsageFault(f"No study {name!r}.", hint)
    return name, ready[name]


def _placed(tasks: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Places of tasks, seen from the file's folder."""
    placed = []
    for where in tasks:
        importer, colon, rest = where.rpartition(":")
        placed.append(f"{importer}{colon}{folder / Path(rest).expanduser()}")
    return tuple(placed)


def _parse(text: str, where: str) -> StudyFile:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise UsageFault(f"{where}{line}: it is not valid YAML.") from error
    try:
        return StudyFile.model_validate(data)
    except ValidationError as error:
        raise _explained(error, where) from error


def _explained(error: ValidationError, where: str) -> UsageFault:
    wrong = error.errors()
    first = next((one for one in wrong if one["type"] == "extra_forbidden"), wrong[0])
    key = ".".join(map(str, first["loc"])) or "the whole"
    if first["type"] != "extra_forbidden":
        return UsageFault(f"{where}: `{key}`: {first['msg']}.", "See docs/compare.md.")
    known = Budget.model_fields if len(first["loc"]) > 1 else StudyFile.model_fields
    near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1, cutoff=0.5)
    hint = f"Did you mean `{near[0]}`?" if near else _there_are(known)
    return UsageFault(f"{where}: unknown key `{key}`.", hint)


def _there_are(names: Iterable[str]) -> str:
    return f"There are: {', '.join(names) or 'none'}."
