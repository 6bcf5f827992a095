"""QuixBugs' Python part: forty classic algorithms, each with a bug on one line, and their tests."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from agentcli.errors import UsageFault
from agentcli.prompting import render
from agentcli.tasks.importers.base import plain_id, register
from agentcli.tasks.task import Layer, Task

_PROGRAMS, _TESTS = "python_programs", "python_testcases"
_TIMEOUT = 20.0  # seconds: a bug may be an endless loop, and no right program takes five
_SHARED = ("conftest.py", f"{_TESTS}/node.py", f"{_TESTS}/load_testdata.py")


@register
class QuixBugs:
    name = "quixbugs"
    about = "a checkout of QuixBugs"

    def read(self, path: Path) -> Iterator[Task]:
        programs = sorted((path / _TESTS).glob("test_*.py"))
        if not programs:
            raise UsageFault(f"There is no {_TESTS}/test_*.py in {path}.", "Give a checkout.")
        return (_task(path, test.stem.removeprefix("test_")) for test in programs)


def _task(root: Path, name: str) -> Task:
    program, test = f"{_PROGRAMS}/{name}.py", f"{_TESTS}/test_{name}.py"
    correct = root / "correct_python_programs" / f"{name}.py"
    return Task(
        id=plain_id(name),
        prompt=render("tasks/quixbugs.j2", name=name, program=program, test=test),
        start=Layer(copies=_present(root, program, test, f"json_testcases/{name}.json", *_SHARED)),
        verify=f"python3 -m pytest -q {test}",
        protect=(f"{_TESTS}/**", "json_testcases/**", "conftest.py"),
        reference=Layer(copies={program: correct}),
        timeout=_TIMEOUT,
        tags=("quixbugs", "python"),
    )


def _present(root: Path, *paths: str) -> Mapping[str, Path]:
    """Those that there are: not every program has data or needs the shared helpers."""
    return {path: root / path for path in paths if (root / path).is_file()}
