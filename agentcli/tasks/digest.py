"""What a task is, as a hash: the same wherever its files lie, another one after any change."""

import hashlib
import json
from collections.abc import Iterator

from agentcli.errors import RepositoryFault, UsageFault
from agentcli.tasks.images import context_digest
from agentcli.tasks.layers import folder_files
from agentcli.tasks.task import Layer, Task
from agentcli.workspace.repository import open_repository

_LAYERS = ("start", "hidden", "reference")


def task_digest(task: Task) -> str:
    """12 hexadecimal digits over all that the task says and all files that it points at.

    Raises UsageFault, naming the task, when one can't be read.
    """
    said = task.model_dump(mode="json", exclude={*_LAYERS, "dockerfile"})
    try:
        for name in _LAYERS:
            layer = getattr(task, name)
            said[name] = None if layer is None else dict(_contents(layer))
        if task.dockerfile is not None:
            said["dockerfile"] = [task.dockerfile.name, context_digest(task.dockerfile.parent)]
    except RepositoryFault as fault:
        raise UsageFault(f"Task {task.id}: {fault.message}", fault.fix) from fault
    except OSError as error:
        raise UsageFault(f"Task {task.id}: {error.filename}: {error.strerror}.") from error
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def _contents(layer: Layer) -> Iterator[tuple[str, str | list[str]]]:
    if layer.repository is not None:
        yield "repository", _tree(layer)
        yield "without", list(layer.without)
    for path, file in sorted({**folder_files(layer), **layer.copies}.items()):
        data = str(file.readlink()).encode() if file.is_symlink() else file.read_bytes()
        yield f"file {path}", hashlib.sha256(data).hexdigest()
    for path, text in sorted(layer.files.items()):
        yield f"text {path}", text
    yield "patch", layer.patch


def _tree(layer: Layer) -> str:
    assert layer.repository is not None
    git = open_repository(layer.repository).git
    found = git.ask("rev-parse", "--quiet", "--verify", f"{layer.commit}^{{tree}}")
    if found.code != 0:
        raise RepositoryFault(f"{layer.repository} has no commit {layer.commit}.")
    return found.text
