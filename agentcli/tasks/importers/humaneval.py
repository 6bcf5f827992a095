"""HumanEval: a function's signature and docstring to complete, and assertions kept away."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentcli.prompting import render
from agentcli.tasks.importers.base import plain_id, register
from agentcli.tasks.importers.jsonl import read_rows, text
from agentcli.tasks.task import Layer, Task

_FILE, _TEST = "solution.py", "check_solution.py"
_TIMEOUT = 30.0  # seconds


@register
class HumanEval:
    name = "humaneval"
    about = "a HumanEval.jsonl or HumanEval.jsonl.gz"

    def read(self, path: Path) -> Iterator[Task]:
        return (_task(row, where) for where, row in read_rows(path))


def _task(row: dict[str, Any], where: str) -> Task:
    stub, entry = text(row, "prompt", where), text(row, "entry_point", where)
    # The assertions call helpers that some stubs define, so they get all of the module's names.
    lines = ("from solution import *", f"from solution import {entry}", text(row, "test", where))
    return Task(
        id=plain_id(text(row, "task_id", where)),
        prompt=render("tasks/humaneval.j2", entry=entry, file=_FILE),
        start=Layer(files={_FILE: stub}),
        verify=f"python3 {_TEST}",
        hidden=Layer(files={_TEST: "\n".join([*lines, f"check({entry})", ""])}),
        reference=Layer(files={_FILE: stub + text(row, "canonical_solution", where)}),
        timeout=_TIMEOUT,
        tags=("humaneval", "python"),
    )
