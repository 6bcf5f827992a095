"""Make a task's start real: a git repository with exactly what an agent may see, in one commit.

No history comes along (it may hold the solution), and neither do hidden files, the reference
or where the files came from.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from agentcli.errors import UsageFault
from agentcli.sandbox.local import make_room, remove_room
from agentcli.tasks.layers import lay
from agentcli.tasks.task import Task
from agentcli.workspace.git import store_git
from agentcli.workspace.snapshot import EMPTY_TREE, IDENTITY

_WHEN = "@0 +0000"  # so that the same task is the same commit everywhere


def materialise(task: Task, folder: Path) -> Path:
    """Make the task's repository in `folder` (new or empty) and return it.

    Raises UsageFault, naming the task, when its files can't be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    git = replace(store_git(folder / ".git"), cwd=folder)
    git.run("init", "--quiet", "--template=", "--initial-branch=main", str(folder))
    try:
        tree = lay(git, EMPTY_TREE, task.start)
    except UsageFault as fault:
        raise UsageFault(f"Task {task.id}: {fault.message}", fault.fix) from fault
    if tree == EMPTY_TREE:
        raise UsageFault(f"Task {task.id} starts from no file at all.", "See its `start`.")
    dated = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), _WHEN)
    commit = git.with_env(**IDENTITY, **dated).text("commit-tree", tree, "-m", "The task's start")
    git.run("update-ref", "HEAD", commit)
    git.with_env(GIT_WORK_TREE=str(folder)).run("read-tree", "--reset", "-u", "HEAD")
    return folder


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is removed afterwards; a killed process's goes with the next sweep."""
    room = make_room()
    try:
        yield room.path
    finally:
        remove_room(room)


@contextmanager
def materialised(task: Task) -> Iterator[Path]:
    """The task's repository, for as long as the context lasts."""
    with scratch_folder() as folder:
        yield materialise(task, folder / "repo")
