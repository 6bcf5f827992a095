"""What an importer is: one file in this package that reads a public set from a local copy.

A class with a `name`, a one-line `about` and `read`, decorated with `@register`. Nothing is
fetched and nothing is copied: the tasks point at the person's files.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import agentcli.tasks.importers
from agentcli.tasks.task import Task


class Importer(Protocol):
    """Reads the tasks of one public format."""

    name: str
    about: str  # what it reads, for people

    def read(self, path: Path) -> Iterator[Task]:
        """The tasks at an existing path. Raises UsageFault when it isn't of this format."""


I = TypeVar("I", bound=type)  # noqa: E741
_REGISTRY: dict[str, Importer] = {}  # filled once, by the imports in `importers()`


def register(importer: I) -> I:
    """Class decorator: make an importer known by its name."""
    instance: Importer = importer()
    _REGISTRY[instance.name] = instance
    return importer


def importers() -> dict[str, Importer]:
    """All importers of this package, by name."""
    for module in pkgutil.iter_modules(agentcli.tasks.importers.__path__):
        importlib.import_module(f"agentcli.tasks.importers.{module.name}")
    return dict(_REGISTRY)


def plain_id(name: str) -> str:
    """A foreign name as a task's id: what an id can't hold becomes a dash."""
    return "".join(c if c.isalnum() or c in "._+-" else "-" for c in name).lstrip("._+-") or "task"
