"""Exercism's Python track: a stub, tests that the agent sees, and `.meta`'s solution kept away."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentcli.errors import UsageFault
from agentcli.prompting import render
from agentcli.tasks.importers.base import plain_id, register
from agentcli.tasks.task import Layer, Task

_TEXTS = ("introduction.md", "instructions.md", "instructions.append.md")


@dataclass(frozen=True)
class Exercise:
    """One exercise's folder and the roles of its files, as its `.meta/config.json` tells.

    `others` are helpers and data beside them, which the configuration doesn't always name.
    """

    folder: Path
    solution: Sequence[str]
    tests: Sequence[str]
    examples: Sequence[str]
    others: Sequence[str]

    def task(self, *, tests_hidden: bool, tags: Sequence[str]) -> Task:
        """The exercise as a task: its `.meta`, `.docs` and `.approaches` stay out."""
        seen = [*self.solution, *self.others]
        tests = self._layer({path: path for path in self.tests})
        return Task(
            id=plain_id(self.folder.name),
            prompt=self._prompt(tests_hidden),
            start=self._layer({p: p for p in (seen if tests_hidden else [*seen, *self.tests])}),
            verify=f"python3 -m pytest -q {' '.join(self.tests)}",
            hidden=tests if tests_hidden else None,
            protect=() if tests_hidden else tuple(self.tests),
            reference=self._layer(dict(zip(self.solution, self.examples, strict=False))),
            tags=(*tags, "python", self.folder.parent.name),
        )

    def _layer(self, sources: dict[str, str]) -> Layer:
        return Layer(copies={path: self.folder / source for path, source in sources.items()})

    def _prompt(self, tests_hidden: bool) -> str:
        texts = [self.folder / ".docs" / name for name in _TEXTS]
        return render(
            "tasks/exercise.j2",
            instructions="\n\n".join(t.read_text("utf-8").strip() for t in texts if t.is_file()),
            files=list(self.solution),
            tests=[] if tests_hidden else list(self.tests),
        )


def exercises(path: Path) -> Sequence[Exercise]:
    """Every exercise at or below a path: a checkout, one of its folders, or a single exercise.

    Raises UsageFault when there is none.
    """
    read = (_exercise(config) for config in sorted(path.glob("**/.meta/config.json")))
    found = [exercise for exercise in read if exercise and exercise.solution]
    if not found:
        raise UsageFault(
            f"There is no exercise in Python at {path}.", "Give a checkout of the track."
        )
    return found


def _exercise(config: Path) -> Exercise | None:
    """None for what has such a configuration but no files to solve: a concept's description."""
    try:
        files = json.loads(config.read_text("utf-8")).get("files")
        if files is None:
            return None
        folder, roles = config.parent.parent, (*files["solution"], *files["test"])
        return Exercise(
            folder=folder,
            solution=[path for path in files["solution"] if path.endswith(".py")],
            tests=files["test"],
            examples=files.get("example") or files["exemplar"],
            others=sorted(
                file.name
                for file in folder.iterdir()
                if file.is_file() and not file.name.startswith(".") and file.name not in roles
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageFault(f"{config} is not an exercise's configuration: {error!r}.") from error


@register
class Exercism:
    name = "exercism"
    about = "a checkout of Exercism's Python track"

    def read(self, path: Path) -> Iterator[Task]:
        return (one.task(tests_hidden=False, tags=["exercism"]) for one in exercises(path))
