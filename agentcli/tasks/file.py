"""Tasks as YAML: read with errors that say where, written so that people can read them."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from agentcli.errors import UsageFault
from agentcli.tasks.task import Task

SUFFIXES = (".yaml", ".yml")
_NAME = "task.yaml"  # of a task that is a folder


def read_folder(folder: Path) -> list[Task]:
    """The tasks of every YAML file in a folder, and of every `task.yaml` in a folder below it."""
    here = (file for file in folder.iterdir() if file.suffix in SUFFIXES)
    below = (file for file in folder.glob(f"*/**/{_NAME}"))
    return [task for file in sorted({*here, *below}) for task in read_file(file)]


def read_file(file: Path) -> list[Task]:
    """The tasks of one file: a single one, or several under `tasks`.

    Paths in it start at its folder. Raises UsageFault that names the file, the task and the key.
    """
    return [_task(data, number, file) for number, data in enumerate(_entries(file), start=1)]


def to_yaml(tasks: Iterable[Task]) -> str:
    """The tasks as a file's text; `read_file` reads the same tasks from it."""
    data = [task.model_dump(mode="json", exclude_defaults=True) for task in tasks]
    return yaml.dump(
        {"tasks": data}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _as_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _as_block)


def _entries(file: Path) -> Sequence[Any]:
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise UsageFault(f"{file} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageFault(f"{file} is not UTF-8 text.") from error
    except yaml.YAMLError as error:
        raise UsageFault(f"{file} is not valid YAML: {_one_line(error)}.") from error
    if not isinstance(data, Mapping):
        raise UsageFault(f"{file} holds no task.", "Write `id:`, `prompt:`, `start:`, `verify:`.")
    if "tasks" not in data:
        return [data]
    if not isinstance(data["tasks"], list) or set(data) != {"tasks"}:
        raise UsageFault(f"{file}: `tasks` stands alone and is a list.")
    return data["tasks"]


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it can't be parsed"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


def _task(data: Any, number: int, file: Path) -> Task:
    if not isinstance(data, Mapping):
        raise UsageFault(f"{file}, task {number} is not a mapping of keys to values.")
    try:
        return Task.model_validate(data, context={"base": file.parent})
    except ValidationError as error:
        name = f"task {data['id']!r}" if "id" in data else f"task {number}"
        raise _explained(error, f"{file}, {name}") from error


def _explained(error: ValidationError, where: str) -> UsageFault:
    """The first thing that is wrong, by its key; a misspelt key rather than the missing one."""
    wrong = error.errors()
    first = next((one for one in wrong if one["type"] == "extra_forbidden"), wrong[0])
    path = first["loc"]
    key = ".".join(map(str, path)) or "the whole"
    if first["type"] == "extra_forbidden":
        known = _keys(Task, path[:-1])
        near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
        hint = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(known)}."
        return UsageFault(f"{where}: unknown key `{key}`.", hint)
    if first["type"] == "missing":
        return UsageFault(f"{where}: `{key}` is missing.", _meaning(path))
    if first["type"] == "string_type":
        return UsageFault(f"{where}: `{key}` is not a text.", "Put it in quotes.")
    said = first["msg"].removeprefix("Value error, ")
    return UsageFault(f"{where}: `{key}`: {said}.", _meaning(path))


def _meaning(path: Sequence[int | str]) -> str:
    field = _model(Task, path[:-1]).model_fields.get(str(path[-1])) if path else None
    return f"It means: {field.description}." if field and field.description else ""


def _keys(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    return list(_model(model, path).model_fields)


def _model(model: type[BaseModel], path: Sequence[int | str]) -> type[BaseModel]:
    """The model that stands at a place of the task."""
    for step in path:
        field = model.model_fields.get(str(step))
        if field is not None:
            model = next(_models(field.annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field's type mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
