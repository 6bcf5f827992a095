"""Find tasks from what a person types: a file, a folder, or IMPORTER:PATH."""

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from agentcli.errors import UsageFault
from agentcli.tasks.file import SUFFIXES, read_file, read_folder
from agentcli.tasks.importers.base import importers
from agentcli.tasks.task import Task


def find_tasks(where: str) -> list[Task]:
    """The tasks that `where` names, in the order of their files.

    Raises UsageFault for what isn't there or can't be read, and when two tasks share an id.
    """
    tasks = _read(where)
    if not tasks:
        raise UsageFault(f"There is no task in {where}.", "See docs/tasks.md for the format.")
    seen: set[str] = set()
    for task in tasks:
        if task.id in seen:
            raise UsageFault(f"Two tasks of {where} are called {task.id}.", "Rename one.")
        seen.add(task.id)
    return tasks


def select(tasks: Iterable[Task], only: Sequence[str] = (), tags: Sequence[str] = ()) -> list[Task]:
    """Those whose id fits one of the globs `only` and that have all of `tags`.

    Raises UsageFault when that leaves none.
    """
    tasks = list(tasks)
    kept = [
        task
        for task in tasks
        if (not only or any(fnmatchcase(task.id, glob) for glob in only))
        and set(tags) <= set(task.tags)
    ]
    if not kept:
        raise UsageFault(f"None of {len(tasks)} tasks fits.", "See them with agentcli tasks list.")
    return kept


def _read(where: str) -> list[Task]:
    path = Path(where).expanduser()
    if path.is_dir():
        return read_folder(path)
    if path.is_file():
        if path.suffix not in SUFFIXES:
            raise UsageFault(
                f"{path} is no task file (.yaml).", f"Say what it is: {_known()}, as NAME:{path}."
            )
        return read_file(path)
    name, colon, rest = where.partition(":")
    if not colon:
        raise UsageFault(f"There is no {where}.", "Give a task file, a folder, or NAME:PATH.")
    known = importers()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"There are: {_known()}."
        raise UsageFault(f"No importer {name!r}.", hint)
    source = Path(rest).expanduser()
    if not source.exists():
        raise UsageFault(f"There is no {source}.", f"{name} reads {known[name].about}.")
    return list(known[name].read(source.resolve()))


def _known() -> str:
    return ", ".join(sorted(importers()))
