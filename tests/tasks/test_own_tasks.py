"""The ten tasks that come with the project are fit, graded, and three can be shared."""

import asyncio
from pathlib import Path

import pytest

from agentcli.agents.scope import covers
from agentcli.sandbox.docker import DockerBackend
from agentcli.settings import Settings
from agentcli.tasks.check import Checker
from agentcli.tasks.find import find_tasks

TASKS = find_tasks(str(Path(__file__).parents[2] / "benchmarks" / "tasks"))


def test_they_are_graded_and_three_have_parts() -> None:
    grades = [next(tag for tag in task.tags if tag in ("easy", "medium", "hard")) for task in TASKS]
    assert grades == ["easy"] * 3 + ["medium"] * 4 + ["hard"] * 3
    shared = [task for task in TASKS if task.parts]
    assert len(shared) == 3
    for task in shared:
        solution = task.reference.files if task.reference else {}
        owners = [
            [p.name for p in task.parts if any(covers(g, f) for g in p.paths)] for f in solution
        ]
        assert all(len(owner) == 1 for owner in owners)  # every file is one coder's


@pytest.mark.docker
def test_each_is_fit() -> None:
    checker = Checker(DockerBackend(), Settings(), 1)  # type: ignore[call-arg]
    checked = asyncio.run(checker.check_all(TASKS, 2, lambda one: None))
    assert [(one.task, one.fitness) for one in checked] == [(task.id, "fit") for task in TASKS]
