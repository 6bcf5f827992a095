"""Terminal-Bench's first task folders (task.yaml), which Harbor's came from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from agentcli.errors import UsageFault
from agentcli.tasks.importers.base import register
from agentcli.tasks.importers.harbor import Script, container_task, files_below
from agentcli.tasks.task import Limits, Task

_TESTS, _SOLUTION = "run-tests.sh", "solution.sh"


@register
class TerminalBench:
    name = "terminal-bench"
    about = "a Terminal-Bench task folder (task.yaml), or a folder of them"

    def read(self, path: Path) -> Iterator[Task]:
        folders = [one.parent for one in sorted(path.glob("**/task.yaml"))]
        if not folders:
            raise UsageFault(f"There is no task.yaml below {path}.")
        return map(_task, folders)


def _task(folder: Path) -> Task:
    file = folder / "task.yaml"
    try:
        config: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
        instruction = str(config["instruction"])
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise UsageFault(f"{file} is no task of Terminal-Bench: {error!r}.") from error
    words = [config.get("difficulty"), config.get("category"), *config.get("tags", [])]
    return container_task(
        folder,
        instruction=instruction,
        context=folder,
        tests=Script("tests", {**files_below(folder / "tests"), **_here(folder, _TESTS)}, _TESTS),
        solution=Script("solution", _here(folder, _SOLUTION), _SOLUTION),
        details={
            "timeout": config.get("max_test_timeout_sec", 600.0),
            "limits": Limits(max_time=config.get("max_agent_timeout_sec")),
            "tags": ("terminal-bench", *(str(word) for word in words if word)),
        },
    )


def _here(folder: Path, name: str) -> dict[str, Path]:
    """A file of the task's folder, where there is one of that name."""
    return {name: folder / name} if (folder / name).is_file() else {}
