"""Bring a run's commit into the person's repository, as a branch that is nobody else's."""

from collections.abc import Mapping
from pathlib import Path

from agentcli.errors import RepositoryFault
from agentcli.workspace.repository import Repository, open_repository
from agentcli.workspace.store import RunStore

_ATTEMPTS = 100  # names to try when earlier ones are taken

_FETCH = (
    *("fetch", "--quiet", "--no-tags", "--no-prune", "--atomic", "--no-write-fetch-head"),
    *("--no-auto-maintenance", "--no-recurse-submodules", "--update-shallow"),
)
_FETCH_CONFIG = {"fetch.fsckObjects": "true", "protocol.file.allow": "always"}


def export_branch(store: RunStore, repo: Path, commit: str, *, pins: bool = False) -> str:
    """Fetch exactly `commit` from the run into a branch of the person's; returns its name.

    The name is `agentcli/<run>`, or the next free one when that is checked out or holds commits
    of the person's own. With `pins`, the run's pins come along under refs/agentcli/<run>/.
    """
    user = open_repository(repo)
    tips = _tips(user)
    branch = _free_branch(store, tips, commit)
    wanted = []
    if branch not in tips or tips[branch][0] != commit:
        wanted.append(f"+{commit}:refs/heads/{branch}")
    if pins:
        wanted.append(f"+refs/agentcli/{store.run}/*:refs/agentcli/{store.run}/*")
    if wanted:
        user.git.with_config(_FETCH_CONFIG).run(*_FETCH, str(store.path), *wanted)
    return branch


def delete_branch(store: RunStore, repo: Path, branch: str) -> None:
    """Remove a branch that `export_branch` made, and the run's pins in the person's repository.

    Raises RepositoryFault when it is checked out or holds commits of the person's own.
    """
    user = open_repository(repo)
    tip = _tips(user).get(branch)
    if tip is not None:
        commit, checked_out = tip
        if checked_out:
            raise RepositoryFault(
                f"The branch {branch} is checked out in {checked_out}.",
                "Check out another branch there first.",
            )
        if not _is_ours(store, commit):
            raise RepositoryFault(
                f"The branch {branch} holds commits that are not the run's.",
                f"If you don't need them: git branch -D {branch}",
            )
        user.git.run("update-ref", "-d", f"refs/heads/{branch}", commit)
    pins = user.git.text("for-each-ref", "--format=delete %(refname)", f"refs/agentcli/{store.run}")
    user.git.run("update-ref", "--stdin", stdin=f"{pins}\n".encode() if pins else b"")


def _free_branch(store: RunStore, tips: Mapping[str, tuple[str, str]], commit: str) -> str:
    # Git can't hold `agentcli/x` beside a branch named `agentcli`.
    stem = f"agentcli-{store.run}" if "agentcli" in tips else f"agentcli/{store.run}"
    for number in range(1, _ATTEMPTS):
        name = stem if number == 1 else f"{stem}-{number}"
        tip = tips.get(name)
        if tip is None or tip[0] == commit or (not tip[1] and _is_ours(store, tip[0])):
            return name
    raise RepositoryFault(
        f"{_ATTEMPTS} branches of this run are in use.", f"Delete some: git branch -D {stem}-2"
    )


def _tips(user: Repository) -> dict[str, tuple[str, str]]:
    """Branches: name → commit, and the worktree it is checked out in ("" when nowhere)."""
    form = "--format=%(refname)%00%(objectname)%00%(worktreepath)"
    found = {}
    for line in user.git.text(
        "for-each-ref", form, "refs/heads/agentcli*", "refs/heads/agentcli/**"
    ).splitlines():
        name, commit, worktree = line.split("\0")
        found[name.removeprefix("refs/heads/")] = (commit, worktree)
    return found


def _is_ours(store: RunStore, commit: str) -> bool:
    """Whether the run knows the commit: what a person commits never gets there."""
    return store.git.ask("cat-file", "-e", f"{commit}^{{commit}}").code == 0
