"""A task that can travel: everything that a run of it needs, in one piece, for another machine.

The reference solution stays at home. What arrives starts from the same commit.
"""

import io
import shutil
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

from agentcli.tasks.layers import lay
from agentcli.tasks.material import materialise
from agentcli.tasks.task import Layer, Task
from agentcli.workspace.git import store_git
from agentcli.workspace.snapshot import IDENTITY

_REPOSITORY = "repository"
_IMAGE = "image"
_HIDDEN = "refs/agentcli/hidden"
_PLACES = frozenset({"start", "hidden", "reference", "solve", "dockerfile"})


def pack_task(task: Task) -> bytes:
    """The task's start, hidden files and image recipe, for `unpack_task`.

    Raises UsageFault, naming the task, when its files can't be had.
    """
    with tempfile.TemporaryDirectory(prefix="agentcli-") as name:
        folder = Path(name)
        repo = materialise(task, folder / _REPOSITORY)
        if task.hidden is not None:
            git = replace(store_git(repo / ".git"), cwd=repo)
            tree = lay(git, git.text("rev-parse", "HEAD^{tree}"), task.hidden)
            commit = git.with_env(**IDENTITY).text("commit-tree", tree, "-m", "What is hidden")
            git.run("update-ref", _HIDDEN, commit)
        if task.dockerfile is not None:
            shutil.copytree(task.dockerfile.parent, folder / _IMAGE, symlinks=True)
        return pack_folder(folder)


def unpack_task(task: Task, packed: bytes, folder: Path) -> Task:
    """The same task with its files in `folder`. Of `task` itself only what it says is used."""
    unpack_folder(packed, folder)
    repo = folder / _REPOSITORY
    dockerfile = folder / _IMAGE / task.dockerfile.name if task.dockerfile else None
    return task.model_copy(
        update={
            **dict.fromkeys(_PLACES),
            "start": Layer(repository=repo),
            "hidden": Layer(repository=repo, commit=_HIDDEN) if task.hidden else None,
            "dockerfile": dockerfile,
        }
    )


def pack_folder(folder: Path) -> bytes:
    """All files below a folder, compressed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        archive.add(folder, arcname=".")
    return buffer.getvalue()


def unpack_folder(packed: bytes, folder: Path) -> None:
    """Put them back. What would lie outside the folder is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        archive.extractall(folder, filter="data")
