"""Harbor's task folders: an instruction, an environment, tests that leave a reward, a solution.

They are written for a container of their own, with its work in /app. Here the work is the
sandbox's workspace, and `container.sh` (beside this file) runs the scripts as if it were /app.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from agentcli.errors import UsageFault
from agentcli.tasks.importers.base import plain_id, register
from agentcli.tasks.task import Layer, Limits, Task

_RUNNER = Path(__file__).with_name("container.sh")
_HOME = "/app"  # where such containers have their work
_PLACE = ".container"  # where hidden files and the solution lie in the workspace


@register
class Harbor:
    name = "harbor"
    about = "a Harbor task folder (task.toml), or a folder of them"

    def read(self, path: Path) -> Iterator[Task]:
        found = sorted(path.glob("**/task.toml"))
        folders = [one.parent for one in found if (one.parent / "instruction.md").is_file()]
        if not folders:
            raise UsageFault(f"There is no task.toml with an instruction.md below {path}.")
        return map(_task, folders)


def _task(folder: Path) -> Task:
    try:
        config: dict[str, Any] = tomllib.loads((folder / "task.toml").read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageFault(f"{folder / 'task.toml'} is not valid TOML: {error}.") from error
    metadata = config.get("metadata", {})
    environment = config.get("environment", {})
    return container_task(
        folder,
        instruction=(folder / "instruction.md").read_text("utf-8"),
        context=folder / "environment",
        tests=Script("tests", files_below(folder / "tests"), "test.sh"),
        solution=Script("solution", files_below(folder / "solution"), "solve.sh"),
        details={
            "image": environment.get("docker_image"),
            "network": bool(environment.get("allow_internet", False)),
            "timeout": config.get("verifier", {}).get("timeout_sec", 600.0),
            "limits": Limits(max_time=config.get("agent", {}).get("timeout_sec")),
            "tags": ("harbor", *_words(metadata)),
        },
    )


@dataclass(frozen=True)
class Script:
    """A script and the files beside it, which lie in the workspace for as long as it runs."""

    place: str
    files: Mapping[str, Path]
    name: str

    @property
    def layer(self) -> Layer:
        copies = {f"{_PLACE}/{self.place}/{path}": file for path, file in self.files.items()}
        return Layer(copies={**copies, f"{_PLACE}/{_RUNNER.name}": _RUNNER})

    @property
    def command(self) -> str:
        return f"bash {_PLACE}/{_RUNNER.name} {_PLACE}/{self.place} {self.name}"


def container_task(
    folder: Path,
    *,
    instruction: str,
    context: Path,
    tests: Script,
    solution: Script,
    details: Mapping[str, Any],
) -> Task:
    """A task of this family; `context` is the folder of its Dockerfile.

    A Dockerfile that installs something is built; one that only copies files needs no image.
    """
    dockerfile = context / "Dockerfile"
    recipe = dockerfile.read_text("utf-8") if dockerfile.is_file() else ""
    built = not details.get("image") and re.search(r"^\s*RUN\b", recipe, re.MULTILINE)
    solved = solution.name in solution.files
    return Task(
        id=plain_id(folder.name),
        prompt=_here(instruction),
        # The empty file is for work that begins with nothing.
        start=Layer(copies=dict(_copied(context, recipe)), files={".gitkeep": ""}),
        verify=tests.command,
        hidden=tests.layer,
        reference=solution.layer if solved else None,
        solve=solution.command if solved else None,
        dockerfile=dockerfile if built else None,
        **details,
    )


def files_below(folder: Path) -> dict[str, Path]:
    """The files of a folder by their paths in it; none when there is no such folder."""
    found = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file for file in found}


def _here(instruction: str) -> str:
    """The instruction with the container's work folder told as the agent's own."""
    told = re.sub(rf"(?<![\w.]){_HOME}/(?=[\w.])", "", instruction)
    return re.sub(rf"(?<![\w.]){_HOME}(?![\w-])/?", ".", told)


def _copied(context: Path, recipe: str) -> Iterator[tuple[str, Path]]:
    """The files that a Dockerfile puts into its work folder: where they come to lie, and from."""
    work = PurePosixPath(_HOME)
    for line in recipe.replace("\\\n", " ").splitlines():
        command, *words = line.split() or [""]
        if command.upper() == "WORKDIR" and words:
            work = work / words[0]
        if command.upper() not in ("COPY", "ADD"):
            continue
        *sources, target = [word for word in words if not word.startswith("--")] or [""]
        for source in sources:
            for path, file in _found(context, source):
                into = target.endswith(("/", ".")) or len(sources) > 1 or path
                place = work / target / (path or source.rpartition("/")[2] if into else "")
                if place.is_relative_to(work):
                    yield place.relative_to(work).as_posix(), file


def _found(context: Path, source: str) -> Iterator[tuple[str, Path]]:
    """The files that a COPY's source stands for; the path is empty where it is one file."""
    for match in sorted(context.glob(source.strip("/") or "*")):
        if match.is_file():
            yield "", match
        for path, file in files_below(match).items():
            if path not in ("Dockerfile", "docker-compose.yaml"):
                yield path, file


def _words(metadata: Mapping[str, Any]) -> Iterator[str]:
    for key in ("difficulty", "category"):
        if word := metadata.get(key):
            yield str(word)
    yield from map(str, metadata.get("tags", []))
