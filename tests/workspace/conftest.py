"""Real git in temporary directories, away from the configuration of whoever runs the tests."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentcli.workspace.base import Snapshot
from agentcli.workspace.snapshot import take_snapshot
from agentcli.workspace.store import RunStore


def run_git(
    where: Path, *args: str | bytes, stdin: bytes = b"", check: bool = True, **env: str
) -> bytes:
    """Git as a person would call it, with its output."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(
        ["git", *args],
        cwd=where,
        input=stdin,
        capture_output=True,
        env={**clean, "GIT_CONFIG_NOSYSTEM": "1", **env},
    )
    assert done.returncode == 0 or not check, done.stderr.decode()
    return done.stdout


@dataclass(frozen=True)
class Person:
    """A person's repository, and what they do in it."""

    root: Path

    def git(self, *args: str | bytes, **kwargs: object) -> str:
        return run_git(self.root, *args, **kwargs).decode().rstrip("\n")  # type: ignore[arg-type]

    def write(self, path: str, content: str | bytes = "text\n", mode: int | None = None) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        if mode is not None:
            file.chmod(mode)
        return file

    def commit(self, message: str = "work") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def state(self) -> dict[str, str]:
        """All that a snapshot must leave alone: index, refs, HEAD, stash, object store."""
        git_dir = self.root / ".git"
        return {
            str(file.relative_to(git_dir)): file.read_bytes().hex()
            for file in git_dir.rglob("*")
            if file.is_file()
        }


def look(root: Path) -> dict[bytes, tuple[object, ...]]:
    """Every name below a directory but .git, to the byte: kind, mode, content."""
    seen: dict[bytes, tuple[object, ...]] = {}
    for directory, names, files in os.walk(root):
        if ".git" in names:
            names.remove(".git")
        for path in (Path(directory) / name for name in [*names, *files]):
            mode = path.lstat().st_mode
            key = bytes(path.relative_to(root))
            if path.is_symlink():
                seen[key] = ("link", os.fsencode(os.readlink(path)))  # noqa: PTH115 (exact)
            elif path.is_dir():
                seen[key] = ("dir", mode)
            elif path.is_file():
                seen[key] = ("file", mode, path.read_bytes())
            else:
                seen[key] = ("other", mode)
    return seen


@dataclass(frozen=True)
class Run:
    """A run that started from the person's repository, and the agents' way of writing to it."""

    person: Person
    snapshot: Snapshot
    store: RunStore

    def tree(self, files: dict[str | bytes, tuple[str, bytes] | bytes | str | None]) -> str:
        """The base tree with some files set (mode and content, or content) or removed (None)."""
        index = str(self.store.run_dir / "agent.index")
        git_dir = str(self.store.path)
        run_git(self.store.path, "read-tree", self.store.base_tree, GIT_INDEX_FILE=index)
        removed, set_ = b"", b""
        for path, value in files.items():
            name = os.fsencode(path)
            if value is None:
                removed += b"0 " + b"0" * 40 + b"\t" + name + b"\0"
                continue
            mode, content = value if isinstance(value, tuple) else ("100644", value)
            data = content.encode() if isinstance(content, str) else content
            blob = run_git(self.store.path, "hash-object", "-w", "--stdin", stdin=data).strip()
            set_ += mode.encode() + b" " + blob + b"\t" + name + b"\0"
        run_git(
            *(self.store.path, "update-index", "--add", "--replace", "-z", "--index-info"),
            stdin=removed + set_,
            GIT_INDEX_FILE=index,
            GIT_DIR=git_dir,
        )
        return run_git(self.store.path, "write-tree", GIT_INDEX_FILE=index).decode().strip()

    def commit(self, files: dict[str | bytes, tuple[str, bytes] | bytes | str | None]) -> str:
        """The same as a commit on the snapshot."""
        return self.store.commit(self.tree(files), [self.store.base_commit], "agent's work", {})


def start(person: Person, run_dir: Path, history: int = 50) -> Run:
    snapshot = take_snapshot(person.root, run_dir, history)
    return Run(person, snapshot, RunStore.create(run_dir, snapshot))


@pytest.fixture(autouse=True)
def _own_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home of its own, with a hostile but legal global configuration."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\n name = A Person\n email = person@example.invalid\n"
        "[init]\n defaultBranch = main\n"
        "[diff]\n noprefix = true\n renames = copies\n[color]\n ui = always\n"
        "[commit]\n gpgSign = true\n[core]\n quotePath = true\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.delenv("XDG_CONFIG_HOME", raising=False)
        yield


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """A repository with one commit: a.txt, sub/b.txt."""
    root = tmp_path / "repo"
    root.mkdir()
    person = Person(root)
    person.git("init", "-q")
    person.git("config", "commit.gpgSign", "false")
    person.write("a.txt", "one\ntwo\nthree\n")
    person.write("sub/b.txt", "b\n")
    person.commit("first")
    return person


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "testrun2"
