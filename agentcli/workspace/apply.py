"""Put a run's result into the person's working tree, and take it out again, to the byte.

Their index, HEAD, branches and every other file stay as they are. All is written or nothing:
before the first write a backup is pinned, and a write that was cut off, even by SIGKILL, is
undone from it.
"""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agentcli.errors import RepositoryFault
from agentcli.journal.events import FileChange
from agentcli.workspace import backup as backups
from agentcli.workspace.backup import Backup
from agentcli.workspace.git import shown
from agentcli.workspace.plan import index_info, make_plan, person_git
from agentcli.workspace.repository import Repository, open_repository
from agentcli.workspace.store import RunStore
from agentcli.workspace.trees import Entry

_PENDING = "pending"  # pins the backup while the working tree is being written
_NAMED = 10  # files named in a message


@dataclass(frozen=True)
class AppliedChange:
    """What `apply` did. `backup` is all that `undo` needs; `merged` paths had both sides' edits."""

    backup: str
    changes: tuple[FileChange, ...]
    merged: tuple[str, ...] = ()


def apply(store: RunStore, repo: Path, base_tree: str, final_commit: str) -> AppliedChange:
    """Bring what differs between the two into the working tree, as `git checkout` would write it.

    Raises RepositoryFault, with nothing written, when the person changed the same files in a
    way that doesn't merge, or when a file that git doesn't track would be overwritten.
    """
    user = open_repository(repo)
    _refuse_pending(store)
    plan = make_plan(store, user, base_tree, final_commit)
    if plan.conflicts:
        raise RepositoryFault(
            f"Your working tree has its own changes in {_names(plan.conflicts)}.",
            "Nothing was applied. Move them away, or merge the run's branch with git.",
        )
    before = backups.capture(store, user.root, plan.targets)
    store.pin(_PENDING, backups.save(store, before))
    try:
        _write(store, user, plan.targets)
    except BaseException:
        backups.restore(store, user.root, before)
        store.unpin(_PENDING)
        raise
    after = {path: backups.fingerprint(user.root, path) for path in plan.targets}
    tree = backups.save(store, replace(before, after=after))
    store.pin(f"backup/{tree[:12]}", tree)
    store.unpin(_PENDING)
    written = {shown(path) for path in plan.targets}
    changes = store.changes(base_tree, final_commit)
    return AppliedChange(
        backup=tree,
        changes=tuple(change for change in changes if change.path in written),
        merged=tuple(map(shown, plan.merged)),
    )


def pending(store: RunStore) -> str | None:
    """The backup of an apply or undo that was cut off: give it to `undo`."""
    return store.pinned(_PENDING)


def undo(store: RunStore, repo: Path, backup: str, *, force: bool = False) -> tuple[str, ...]:
    """Put back exactly what `apply` replaced; returns the paths.

    Raises RepositoryFault, with nothing written, when the person changed those files since,
    unless `force`. What it overwrites is kept as a backup of its own, pinned as `undone`.
    """
    user = open_repository(repo)
    saved = backups.load(store, backup)
    interrupted = pending(store)
    if interrupted not in (None, backup):
        _refuse_pending(store)
    if interrupted is None and not force:
        changed = _changed_since(user.root, saved)
        if changed:
            raise RepositoryFault(
                f"You have changed files since the run's result was applied: {_names(changed)}.",
                "Nothing was undone. To put back the old files all the same: --force",
            )
    foreign = _in_the_way(user.root, saved)
    if foreign:
        raise RepositoryFault(
            f"{_names(foreign)} is in the way of what is to be put back.",
            "Nothing was undone. Move it away and try again.",
        )
    replaced = backups.save(store, backups.capture(store, user.root, saved.before))
    store.pin(f"undone/{replaced[:12]}", replaced)
    store.pin(_PENDING, backup)
    backups.restore(store, user.root, saved)
    store.unpin(_PENDING)
    return tuple(map(shown, saved.before))


def _write(store: RunStore, user: Repository, targets: Mapping[bytes, Entry | None]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        index = Path(directory) / "index"
        if user.index.exists():
            # Their index, because git also takes attributes from it (sparse checkouts).
            shutil.copy2(user.index, index)
        git = person_git(store, user, index)
        git.run("update-index", "--replace", "-z", "--index-info", stdin=index_info(targets))
        for path, entry in targets.items():
            if entry is None:
                _delete(user.root, path)
        wanted = [path for path, entry in targets.items() if entry is not None]
        git.run(
            *("checkout-index", "--force", "--quiet", "-z", "--stdin"),
            stdin=b"".join(path + b"\0" for path in wanted),
        )


def _delete(root: Path, path: bytes) -> None:
    """Remove a file, and the directories that it leaves empty, as git does."""
    if backups.look(root, path).kind not in ("file", "link"):
        return
    backups.absolute(root, path).unlink()
    for parent in reversed(backups.parents(path)):
        if not backups.remove_if_empty(backups.absolute(root, parent)):
            return


def _changed_since(root: Path, saved: Backup) -> list[bytes]:
    changed = []
    for path, state in saved.after.items():
        now = backups.fingerprint(root, path)
        if now not in (state, saved.before[path]):
            changed.append(path)
    return changed


def _in_the_way(root: Path, saved: Backup) -> list[bytes]:
    """What stands where something is to be put back, and isn't of the run's making."""
    ours = set(saved.before)
    foreign: set[bytes] = set()
    for path, state in saved.before.items():
        if state.kind not in ("file", "link"):
            continue
        blocked = backups.obstacle(root, path)
        if blocked is not None and blocked not in ours:
            foreign.add(blocked)
        now = backups.look(root, path)
        if now.kind == "dir":
            foreign.update(file for file in backups.contents(root, path)[0] if file not in ours)
        elif now.kind == "other":
            foreign.add(path)
    return sorted(foreign)


def _refuse_pending(store: RunStore) -> None:
    if pending(store) is not None:
        raise RepositoryFault(
            "An earlier apply or undo of this run was cut off.",
            f"First put back what it found: agentcli undo {store.run}",
        )


def _names(paths: tuple[bytes, ...] | list[bytes]) -> str:
    listed = ", ".join(shown(path) for path in paths[:_NAMED])
    more = len(paths) - _NAMED
    return f"{listed} and {more} more" if more > 0 else listed
