"""Aider's polyglot benchmark (its Python part): Exercism's exercises, with the tests hidden."""

from collections.abc import Iterator
from pathlib import Path

from agentcli.tasks.importers.base import register
from agentcli.tasks.importers.exercism import exercises
from agentcli.tasks.task import Task


@register
class Polyglot:
    name = "polyglot"
    about = "a checkout of Aider's polyglot benchmark"

    def read(self, path: Path) -> Iterator[Task]:
        python = path / "python"
        found = exercises(python if python.is_dir() else path)
        return (one.task(tests_hidden=True, tags=["polyglot"]) for one in found)
