"""Take the person's work as one commit, into a store of ours, without touching anything of theirs.

Their index is copied and `git add -A` run into the copy, with every new object written to our
store. So what counts as a file, its line endings and its filters are decided by their own git.
"""

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from agentcli.errors import RepositoryFault
from agentcli.workspace.base import Snapshot
from agentcli.workspace.git import Git, quoted, shown, store_git
from agentcli.workspace.repository import Repository, open_repository, refuse_unfinished

BASE = "base.git"
BASE_REF = "refs/heads/base"
IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "agentcli"), ("EMAIL", "agentcli@localhost"))
}
_TAKEN = "taken.json"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

# Files over the threshold that need no conversion are streamed into one pack, which is twice
# as fast as a file for each; the contents come out the same.
_STRAIGHT_TO_A_PACK = {"core.bigFileThreshold": "1", "pack.compression": "1"}


@dataclass(frozen=True)
class _Scratch:
    """A temporary index and object directory, so that the person's stay as they are."""

    index: Path
    objects: Path


@dataclass(frozen=True)
class Taken:
    """A snapshot that was taken before, in `folder`: for many runs that start from the same."""

    snapshot: Snapshot
    folder: Path

    def write(self) -> None:
        """Put down what `read` needs, beside the snapshot's repository."""
        said = {**asdict(self.snapshot), "repo": None}
        (self.folder / _TAKEN).write_text(json.dumps(said), "utf-8")

    @classmethod
    def read(cls, folder: Path, repo: Path) -> "Taken":
        """What was put down, for a copy `repo` of the repository that it was taken of."""
        said = json.loads((folder / _TAKEN).read_text("utf-8"))
        lists = {key: tuple(said[key]) for key in ("shallow", "left_out")}
        return cls(Snapshot(**{**said, **lists, "repo": repo}), folder)

    def copy(self, store: Path) -> Snapshot:
        """The same as `take_snapshot` into `store`."""
        store.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.folder / BASE, store / BASE)
        return self.snapshot


def take_snapshot(repo: Path, store: Path, history: int) -> Snapshot:
    """Commit the working tree around `repo` into a new bare repository `store`/base.git.

    It holds the snapshot and the `history` newest commits before it, packed, and refers to
    nothing outside. Where a merge reaches further back, the merged-in parent comes too.
    Raises RepositoryFault for what can't be worked on (see repository.py).
    """
    user = open_repository(repo)
    refuse_unfinished(user)
    head, branch = user.head()
    head_tree = user.git.text("rev-parse", f"{head}^{{tree}}") if head else EMPTY_TREE
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="snapshot-", dir=store) as directory:
        scratch = _make_scratch(user, Path(directory))
        tree, left_out = _write_tree(user, scratch)
        if head is None and tree == EMPTY_TREE:
            raise RepositoryFault(
                f"{user.root} holds no file yet.", "Add a file, so that there is something to do."
            )
        base = Path(directory) / BASE
        git = _init_base(base).with_env(GIT_OBJECT_DIRECTORY=str(scratch.objects))
        parent = ["-p", head] if head else []
        commit = git.with_env(**IDENTITY).text(
            "commit-tree", tree, *parent, "-m", "Snapshot of the working tree"
        )
        shallow = _boundary(user, commit, head, history)
        _pack(git, base, commit, shallow)
        base.rename(store / BASE)
    return Snapshot(
        repo=user.root,
        head=head,
        branch=branch,
        commit=commit,
        tree=tree,
        dirty=tree != head_tree,
        shallow=shallow,
        left_out=left_out,
    )


def _make_scratch(user: Repository, directory: Path) -> _Scratch:
    scratch = _Scratch(directory / "index", directory / "objects")
    if user.index.exists():
        # With its time stamp: git takes entries as old as the index for possibly changed.
        shutil.copy2(user.index, scratch.index)
    (scratch.objects / "info").mkdir(parents=True)
    alternates = scratch.objects / "info" / "alternates"
    alternates.write_bytes(quoted(bytes(user.objects)) + b"\n")
    return scratch


def _write_tree(user: Repository, scratch: _Scratch) -> tuple[str, tuple[str, ...]]:
    git = user.git.with_env(
        GIT_INDEX_FILE=str(scratch.index), GIT_OBJECT_DIRECTORY=str(scratch.objects)
    )
    others = git.run("ls-files", "-z", "--others", "--exclude-standard").out.split(b"\0")
    nested = [path for path in others if path.endswith(b"/")]  # how git lists a repository
    exclude = [f":(exclude,literal){_text(path)}" for path in nested]
    reply = git.with_config(_STRAIGHT_TO_A_PACK).ask(
        "add", "--all", "--sparse", "--", ".", *exclude
    )
    if reply.code != 0:
        raise RepositoryFault(
            f"Git can't take in the working tree: {reply.reason}.",
            "Mend that file, or have git ignore it.",
        )
    return git.text("write-tree"), tuple(shown(path.rstrip(b"/")) for path in nested)


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _init_base(base: Path) -> Git:
    git = store_git(base)
    base.mkdir()
    git.run("init", "--quiet", "--bare", "--template=", "--initial-branch=base", str(base))
    return git


def _boundary(user: Repository, commit: str, head: str | None, history: int) -> tuple[str, ...]:
    """The commits to copy without their parents, so that about `history` commits come along."""
    if head is None:
        return ()
    if _is_partial(user):
        return (commit,)
    lines = user.git.text("rev-list", "--parents", f"--max-count={max(history, 1) - 1}", head)
    copied: set[str] = set()
    parents: set[str] = {head}
    for line in lines.splitlines():
        child, *above = line.split()
        copied.add(child)
        parents.update(above)
    edge = parents - copied
    return tuple(sorted(edge | (copied & set(user.shallow))))


def _is_partial(user: Repository) -> bool:
    # A partial clone may lack the files of older commits, so only the snapshot is copied.
    return user.git.ask("config", "--get-regexp", r"^remote\..*\.promisor$").code == 0


def _pack(git: Git, base: Path, commit: str, shallow: tuple[str, ...]) -> None:
    # `--shallow COMMIT` lines are what upload-pack feeds pack-objects for a shallow clone.
    wanted = [*(f"--shallow {edge}" for edge in shallow), commit, ""]
    git.with_config({"pack.compression": "1"}).run(
        *("pack-objects", "--quiet", "--revs", "--shallow", "--delta-base-offset", "--window=0"),
        str(base / "objects" / "pack" / "pack"),
        stdin="\n".join(wanted).encode(),
    )
    if shallow:
        (base / "shallow").write_text("".join(f"{edge}\n" for edge in shallow))
    store_git(base).run("update-ref", BASE_REF, commit)
