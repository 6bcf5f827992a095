"""Changed files as people read them: what happened to each and how many lines came and went."""

from collections.abc import Sequence

from agentcli.journal.events import FileChange


def stat_lines(changes: Sequence[FileChange]) -> list[str]:
    """A line for each changed file."""
    width = max((len(change.path) for change in changes), default=0)
    return [f"  {c.status} {c.path:<{width}}  {size((c,))}" for c in changes]


def size(changes: Sequence[FileChange]) -> str:
    """Lines added and removed in all of them, or that they are binary."""
    if changes and all(change.added is None for change in changes):
        return "binary"
    added = sum(change.added or 0 for change in changes)
    return f"+{added} −{sum(change.removed or 0 for change in changes)}"
