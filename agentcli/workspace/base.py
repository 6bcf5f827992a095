"""What the workspace floor hands out: the snapshot a run starts from."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Snapshot:
    """The person's work as one commit, taken without touching their repository.

    `commit` has `head` as parent (none when HEAD is unborn) and holds tracked, changed and
    untracked files; ignored files stay out.
    """

    repo: Path  # the working tree's root
    head: str | None
    branch: str | None  # None when HEAD is detached
    commit: str
    tree: str
    dirty: bool  # whether it differs from HEAD
    shallow: tuple[str, ...] = ()  # commits whose parents were not copied
    left_out: tuple[str, ...] = ()  # untracked nested repositories, not part of the snapshot
