"""Changed files as people read them: what happened to each and how many lines came and went."""

from collections.abc import Sequence

from agentcli.cli.say import echo, secho
from agentcli.journal.data import FileChange, lines_changed
from agentcli.journal.folds import RunView


def stat_lines(changes: Sequence[FileChange]) -> list[str]:
    """A line for each changed file."""
    width = max((len(change.path) for change in changes), default=0)
    return [f"  {c.status} {c.path:<{width}}  {size((c,))}" for c in changes]


def print_changes(view: RunView) -> None:
    """What a run landed, and which files git could not give back."""
    from agentcli.runs.losses import losses_line

    for line in stat_lines(view.landed.changes if view.landed else ()):
        echo(line)
    if lost := losses_line(view):
        secho(lost, fg="yellow")


def size(changes: Sequence[FileChange]) -> str:
    """Lines added and removed in all of them, or that they are binary."""
    if changes and all(change.added is None for change in changes):
        return "binary"
    added, removed = lines_changed(changes)
    return f"+{added} −{removed}"
