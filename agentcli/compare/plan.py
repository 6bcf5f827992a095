"""A study's plan: which trials, in which order, under which budget, made with what.

The plan is data that is written down once. Everything that could change a result is in it, so two
commands that ask for the same thing are the same study, and any change makes another one.
"""

import hashlib
import json
import platform
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel, ConfigDict

from agentcli import __version__
from agentcli.compare.arms import Arm, check_names
from agentcli.resources import resource_dir
from agentcli.sandbox import image
from agentcli.settings import Settings
from agentcli.tasks.digest import task_digest
from agentcli.tasks.task import Limits, Task

# Where a model is served, how patient one is with it, and what the interface asks is not what a
# study is about.
_PLACE = frozenset({"api_base", "model_timeout", "model_retries", "allow"})


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Trial(_Data):
    """One task by one arm with one seed. `id` is the same in every process and on every machine."""

    id: str
    arm: str
    task: str
    seed: int


class Versions(_Data):
    """What a study is carried out with. `prompts`: path → hash of every text that models read."""

    agentcli: str
    python: str
    litellm: str
    image: str
    prompts: dict[str, str]

    def differences(self, other: "Versions") -> list[str]:
        """What another one has otherwise, a few words each."""
        own, others = self.model_dump(), other.model_dump()
        told = [
            f"{key} {own[key]}, now {others[key]}"
            for key in ("agentcli", "python", "litellm", "image")
            if own[key] != others[key]
        ]
        paths = self.prompts.keys() | other.prompts.keys()
        changed = sorted(p for p in paths if self.prompts.get(p) != other.prompts.get(p))
        return [*told, f"prompts {', '.join(changed)}"] if changed else told


class Plan(_Data):
    """A study before it is carried out. `settings` are those that all arms share."""

    name: str
    tasks: dict[str, str]  # id → digest, in the order of work
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    budget: Limits  # of each trial, whatever its arm
    settings: dict[str, Any]  # that differ from the defaults
    versions: Versions

    @cached_property
    def digest(self) -> str:
        """The plan's name among plans: 10 hexadecimal digits over all but the versions."""
        return _digest(self.model_dump(mode="json", exclude={"versions"}), 10)

    def arm(self, name: str) -> Arm:
        """The arm of that name."""
        return next(arm for arm in self.arms if arm.name == name)

    def trials(self) -> Iterator[Trial]:
        """All trials, in the order of work.

        Those of one task and seed stand together, so that a drift of a provider meets every arm
        alike and a study that is cut off holds pairs. Each arm is equally often first.
        """
        order = list(self.arms)
        random.Random(self.digest).shuffle(order)
        pairs = [(seed, task) for seed in self.seeds for task in self.tasks]
        for number, (seed, task) in enumerate(pairs):
            shift = number % len(order)
            for arm in (*order[shift:], *order[:shift]):
                yield self._trial(arm, task, seed)

    def _trial(self, arm: Arm, task: str, seed: int) -> Trial:
        said = [arm.name, arm.changes, self.tasks[task], seed, self.budget.model_dump()]
        return Trial(id=_digest([*said, self.settings], 12), arm=arm.name, task=task, seed=seed)


def make_plan(
    name: str,
    tasks: Sequence[Task],
    arms: Sequence[Arm],
    seeds: int,
    budget: Limits,
    base: Settings,
) -> Plan:
    """Plan a study of `seeds` repeats. Raises UsageFault for arms or tasks that can't be used."""
    check_names(arms)
    return Plan(
        name=name,
        tasks={task.id: task_digest(task) for task in tasks},
        arms=tuple(arms),
        seeds=tuple(range(1, seeds + 1)),
        budget=budget,
        settings=base.model_dump(mode="json", exclude_defaults=True, exclude=set(_PLACE)),
        versions=versions_here(),
    )


def versions_here() -> Versions:
    """The versions of this installation."""
    return Versions(
        agentcli=__version__,
        python=platform.python_version(),
        litellm=version("litellm"),
        image=image.tag(),
        prompts=dict(_prompts()),
    )


def _prompts() -> Iterator[tuple[str, str]]:
    top = resource_dir("prompts")
    for file in sorted(top.rglob("*.j2")):
        yield file.relative_to(top).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def _digest(data: Mapping[str, Any] | Sequence[Any], digits: int) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:digits]
