"""Files that a run's result lacks and that the person's history can't give back."""

from pathlib import Path

from agentcli.errors import RepositoryFault
from agentcli.journal.folds import RunView
from agentcli.workspace.git import shown, working_git
from agentcli.workspace.trees import differences


def lost_to_git(view: RunView) -> tuple[str, ...]:
    """What was deleted of the snapshot's files that are not in HEAD; empty if that can't be told.

    The person's own repository is asked: the landed branch has the snapshot in its history.
    """
    started, landed = view.started, view.landed
    gone = {change.path for change in landed.changes if change.status == "D"} if landed else set()
    if started is None or not gone:
        return ()
    if started.head is None:
        return tuple(sorted(gone))
    repo = Path(started.repo)
    if not repo.is_dir():
        return ()
    try:
        own = differences(working_git(repo), started.head, started.base_commit)
    except RepositoryFault:  # its branch is deleted and swept
        return ()
    return tuple(path for one in own if one.before is None and (path := shown(one.path)) in gone)


def losses_line(view: RunView) -> str:
    """The same as a line for people; empty when nothing is lost."""
    lost = lost_to_git(view)
    if not lost:
        return ""
    them = "it" if len(lost) == 1 else "them"
    return f"deleted, and not in git: {', '.join(lost)}; undo brings {them} back"
