"""SWE-bench's rows (and sets of the same shape): an issue, a commit, a patch and its tests.

The repositories are checkouts on this machine: `repos/OWNER__NAME` beside the file. A set that
names an image for each row (`image_name`) is run in it, else in the settings' image.
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from agentcli.errors import UsageFault
from agentcli.prompting import render
from agentcli.tasks.importers.base import plain_id, register
from agentcli.tasks.importers.jsonl import read_rows, text
from agentcli.tasks.task import Layer, Task

_TIMEOUT = 1800.0  # seconds, as in the set's own harness
_UNITTEST = re.compile(r"(?P<test>\w+) \((?P<place>[\w.]+)\)")  # how Django's runner names a test
_CHANGED = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)


class Prediction(BaseModel):
    """One line of `preds.jsonl`, by the names that SWE-bench's harness reads."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    instance_id: str
    model_name_or_path: str
    model_patch: str  # empty: nothing was changed


def write_predictions(file: Path, predictions: Iterable[Prediction]) -> None:
    """Write a prediction file. The last one of an instance counts, and replaces the others."""
    by_instance = {prediction.instance_id: prediction for prediction in predictions}
    lines = [f"{prediction.model_dump_json()}\n" for prediction in by_instance.values()]
    file.write_text("".join(lines), "utf-8")


@register
class SweBench:
    name = "swebench"
    about = "SWE-bench's JSONL, with checkouts in `repos/OWNER__NAME` beside it"

    def read(self, path: Path) -> Iterator[Task]:
        return (_task(row, where, path.parent / "repos") for where, row in read_rows(path))


def _task(row: dict[str, Any], where: str, repos: Path) -> Task:
    tests = text(row, "test_patch", where)
    issue = render("tasks/swebench.j2", issue=text(row, "problem_statement", where))
    return Task(
        id=plain_id(text(row, "instance_id", where)),
        prompt=issue,
        start=Layer(
            repository=_checkout(repos, text(row, "repo", where), where),
            commit=text(row, "base_commit", where),
        ),
        verify=_command(row, tests, where),
        hidden=Layer(patch=tests),
        reference=Layer(patch=text(row, "patch", where)),
        image=row.get("image_name"),
        timeout=_TIMEOUT,
        tags=("swebench", text(row, "repo", where)),
    )


def _checkout(repos: Path, name: str, where: str) -> Path:
    folder = repos / name.replace("/", "__")
    if not folder.is_dir():
        raise UsageFault(f"{where}: there is no checkout {folder}.", f"Clone {name} there.")
    return folder


def _command(row: dict[str, Any], test_patch: str, where: str) -> str:
    """What runs the row's tests: its own command, else by the way in which it names them."""
    if isinstance(given := row.get("test_cmd"), str):
        return given
    names = [*_names(row, "FAIL_TO_PASS", where), *_names(row, "PASS_TO_PASS", where)]
    if names and all("::" in name for name in names):
        return f"python -m pytest -q {shlex.join(names)}"
    if (found := [_UNITTEST.fullmatch(name) for name in names]) and all(found):
        labels = [f"{match['place']}.{match['test']}" for match in found if match]
        return f"python tests/runtests.py {shlex.join(labels)}"
    return f"python -m pytest -q {shlex.join(_CHANGED.findall(test_patch))}"


def _names(row: dict[str, Any], key: str, where: str) -> Sequence[str]:
    """A list of tests, which the sets store as a list or as a list's JSON."""
    value = row.get(key, [])
    try:
        names = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageFault(f"{where}: `{key}` is not a list of names.")
    return names
