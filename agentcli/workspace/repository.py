"""The person's repository: where its parts are, and whether it is in a state to work with."""

import re
from dataclasses import dataclass
from pathlib import Path

from agentcli.errors import RepositoryFault
from agentcli.workspace.git import Git, shown, working_git

_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "sequencer": "cherry-pick or revert",
    "BISECT_LOG": "bisect",
}
_GITLINK = re.compile(rb"(?:\A|\0)160000 [0-9a-f]+ \d\t([^\0]*)")


@dataclass(frozen=True)
class Repository:
    """A working tree and the places git keeps its data for it (a linked worktree's differ)."""

    root: Path
    git_dir: Path
    common_dir: Path
    objects: Path
    index: Path

    @property
    def git(self) -> Git:
        return working_git(self.root)

    @property
    def shallow(self) -> tuple[str, ...]:
        """Commits whose parents this clone doesn't have."""
        file = self.common_dir / "shallow"
        return tuple(file.read_text("ascii").split()) if file.exists() else ()

    def head(self) -> tuple[str | None, str | None]:
        """The commit of HEAD (None: unborn) and the branch (None: detached)."""
        commit = self.git.ask("rev-parse", "--quiet", "--verify", "HEAD")
        branch = self.git.ask("symbolic-ref", "--quiet", "--short", "HEAD")
        return commit.text or None, branch.text or None


def open_repository(path: Path) -> Repository:
    """Find the working tree that `path` lies in. Raises RepositoryFault when there is none."""
    if not path.is_dir():
        raise RepositoryFault(f"{path} is not a directory.", "Give --repo a git working tree.")
    if "\n" in str(path.absolute()):
        raise RepositoryFault("The repository's path holds a line break.", "Rename the directory.")
    git = working_git(path)
    reply = git.ask(
        "rev-parse",
        *("--is-bare-repository", "--is-inside-work-tree", "--show-object-format"),
        *("--absolute-git-dir", "--git-common-dir", "--git-path", "objects"),
        *("--git-path", "index"),
    )
    if reply.code != 0:
        raise _not_found(path, reply.reason)
    bare, inside, object_format, *places = reply.text.split("\n")
    if bare == "true" or inside != "true":
        what = "a bare repository" if bare == "true" else "inside .git"
        raise RepositoryFault(
            f"{path} is {what}: there is no working tree.", "Give --repo a working tree."
        )
    if object_format != "sha1":
        raise RepositoryFault(
            f"{path} names its objects with {object_format}; agentcli only knows sha1.",
            "Work in a clone that uses sha1.",
        )
    root = Path(git.text("rev-parse", "--show-toplevel"))
    git_dir, common_dir, objects, index = (path.absolute() / place for place in places)
    return Repository(root, git_dir, common_dir.resolve(), objects.resolve(), index)


def refuse_unfinished(repo: Repository) -> None:
    """Raise RepositoryFault when git is in the middle of something, or submodules are used."""
    lock = repo.index.with_name("index.lock")
    if lock.exists():
        raise RepositoryFault(
            f"Another git command holds {lock}.",
            "Wait for it to end; if none is running, remove that file.",
        )
    for name, what in _UNFINISHED.items():
        if (repo.git_dir / name).exists():
            raise RepositoryFault(
                f"A {what} is in progress in {repo.root}.", f"Finish or abort the {what} first."
            )
    unmerged = repo.git.run("ls-files", "-z", "--unmerged").out
    if unmerged:
        path = shown(unmerged.split(b"\0")[0].split(b"\t", 1)[1])
        raise RepositoryFault(
            f"{path} has unresolved merge conflicts.", "Resolve them and `git add` the file first."
        )
    refuse_submodules(repo)


def refuse_submodules(repo: Repository) -> None:
    """Raise RepositoryFault when the index holds a submodule or a .gitmodules file."""
    entries = repo.git.run("ls-files", "-z", "--stage").out
    gitlink = _GITLINK.search(entries)
    if gitlink or b"\t.gitmodules\0" in entries:
        where = f" ({shown(gitlink[1])})" if gitlink else " (.gitmodules)"
        raise RepositoryFault(
            f"{repo.root} has submodules{where}, which agentcli doesn't support.",
            "Run it inside the submodule, or in a clone without submodules.",
        )


def _not_found(path: Path, reason: str) -> RepositoryFault:
    if "dubious ownership" in reason:
        return RepositoryFault(
            f"Git doesn't trust {path}, because somebody else owns it.",
            f"If you do: git config --global --add safe.directory {path.absolute()}",
        )
    if "not a git repository" in reason.lower():
        return RepositoryFault(
            f"{path} is not in a git repository.",
            "Go to one, or make one: git init && git add -A && git commit -m start",
        )
    return RepositoryFault(f"Git can't read the repository at {path}: {reason}")
