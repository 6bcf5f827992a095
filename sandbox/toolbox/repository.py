"""The workspace's two repositories.

The private one lies outside the workspace and takes every checkpoint. The visible one
(`.git` in the workspace) is there for the agent's own `git status`, `git diff` and `git log`;
no checkpoint depends on it. Both borrow the read-only base objects, and neither changes a byte
between blob and file, whatever `.gitattributes` in the tree says.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from beneath import Workspace
from fault import ToolboxError
from procs import capture
from walk import Tracker

_BYTES_EXACT = "* -text -filter -ident -working-tree-encoding"
_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = false
\tfilemode = true
\tsymlinks = true
\tlogallrefupdates = true
[user]
\tname = agent
\temail = agent@localhost
"""
# On the command line, where nothing in a repository can undo it.
_PRIVATE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.autocrlf=false",
    "core.excludesFile=/dev/null",
    "core.attributesFile=/dev/null",
    "core.looseCompression=1",
    "core.fsync=none",
    "core.quotePath=false",
    "checkout.workers=0",
    "gc.auto=0",
    "advice.addEmbeddedRepo=false",
)
BRANCH = "agent"
_NOTES = 20
_NOTE_LENGTH = 500  # characters


class Repository:
    """Checkpoint and restore of one workspace."""

    def __init__(
        self, workspace: Workspace, git_dir: str, objects: str, shallow: Sequence[str]
    ) -> None:
        self._workspace = workspace
        self._git_dir = git_dir
        self._objects = objects
        self._shallow = shallow
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "LC_ALL": "C",
            "GIT_DIR": git_dir,
            "GIT_WORK_TREE": workspace.root,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
        }
        self._options = [option for key in _PRIVATE for option in ("-c", key)]
        self._filled: float | None = None  # when, while nothing can have touched the files since

    def create(self, commit: str, tree: str, pack: bytes) -> None:
        """Fill the empty workspace with `tree` and make both repositories."""
        self._lay_out(self._git_dir, commit, "* -diff -merge")
        self._take_pack(pack)
        self._git("read-tree", "--reset", "-u", tree)
        visible = os.path.join(self._workspace.root, ".git")
        self._lay_out(visible, commit, "")
        if self._git("rev-parse", commit + "^{tree}").decode().strip() == tree:
            _copy(os.path.join(self._git_dir, "index"), os.path.join(visible, "index"))
        else:
            env = {"GIT_DIR": visible, "GIT_OPTIONAL_LOCKS": "1"}
            self._git("read-tree", commit, env=env)
            self._git("update-index", "-q", "--refresh", env=env, ok=(0, 1))
        self._filled = time.time()

    def settle(self) -> None:
        """Call before anything may change the files for the first time.

        Git reads every file again that is not older, by a whole second, than its index. While
        nobody has touched the fresh files the index may honestly be dated now; that spares a
        first checkpoint of 50,000 files three seconds.
        """
        if self._filled is None:
            return
        if time.time() > int(self._filled) + 1.01:
            os.utime(os.path.join(self._git_dir, "index"))
            os.utime(os.path.join(self._workspace.root, ".git/index"))
        self._filled = None

    def snapshot(self, tracker: Tracker) -> tuple[str, list[str]]:
        """The id of the tree as it is now, and notes on what is not in it."""
        notes = self._add_all(tracker)
        tree = self._git("write-tree").decode().strip()
        listed = self._git(
            "ls-files",
            "-z",
            "-o",
            "-i",
            "--exclude-standard",
            "--directory",
            "--no-empty-directory",
        )
        tracker.ignore(
            [
                path.rstrip("/")
                for path in listed.decode(errors="surrogateescape").split("\0")
                if path
            ]
        )
        return tree, notes

    def pack(self, tree: str, since: str) -> bytes:
        """The objects of `tree` that `since` lacks."""
        revisions = f"{tree}\n^{since}\n".encode()
        return self._git("pack-objects", "--revs", "--thin", "--stdout", "-q", stdin=revisions)

    def restore(self, tracker: Tracker, tree: str, pack: bytes) -> None:
        """Make the workspace `tree`. Files that git ignores stay."""
        self._take_pack(pack)
        self._add_all(tracker)
        self._git("read-tree", "--reset", "-u", tree)
        tracker.changed()

    def files(self, tracker: Tracker) -> dict[str, str]:
        """Every file that a checkpoint would hold: path → blob id."""
        self._add_all(tracker)
        listed = self._git("ls-files", "-s", "-z").decode(errors="replace")
        found: dict[str, str] = {}
        for line in listed.split("\0"):
            state, _, path = line.partition("\t")
            if path:
                found[path] = state.split()[1]
        return found

    def ignored(self, paths: Sequence[str]) -> set[str]:
        """Those of the paths that git ignores."""
        names = b"\0".join(os.fsencode(path) for path in paths)
        output = self._git("check-ignore", "-z", "--stdin", stdin=names, ok=(0, 1))
        return {os.fsdecode(name) for name in output.split(b"\0") if name}

    def grep(self, options: Sequence[str], pathspecs: Sequence[str]) -> tuple[int, bytes, bytes]:
        """`git grep` over tracked and untracked files, for images without ripgrep."""
        return capture(
            ["git", *self._options, "grep", "--untracked", *options, "--", *pathspecs],
            self._env,
            cwd=self._workspace.fd,
            timeout=30,
        )

    def _add_all(self, tracker: Tracker) -> list[str]:
        self.settle()
        tracker.changed()
        nested = self._without_tracked(tracker.nested)
        notes = [f"{_shown(path)} is a repository of its own and is left out" for path in nested]
        excluded = "".join(f"/{_escape(path)}/\n" for path in nested)
        _write(os.path.join(self._git_dir, "info/exclude"), excluded)
        code, _, errors = self._try("add", "-A", "--ignore-errors", ".")
        if code != 0:
            lines = errors.decode(errors="replace").splitlines()
            notes += [line for line in lines if not line.startswith(("hint:", "fatal:"))]
        more = [f"and {len(notes) - _NOTES} more"] if len(notes) > _NOTES else []
        return [note[:_NOTE_LENGTH] for note in notes[:_NOTES]] + more

    def _without_tracked(self, folders: Sequence[str]) -> list[str]:
        """Those that hold no file of the last tree: a `.git` made over our files hides nothing."""
        if not folders:
            return []
        listed = self._git("--literal-pathspecs", "ls-files", "-z", "--", *folders)
        tracked = [os.fsdecode(path) for path in listed.split(b"\0")]
        return [
            folder
            for folder in folders
            if not any(path.startswith(folder + "/") for path in tracked)
        ]

    def _take_pack(self, pack: bytes) -> None:
        if pack:
            self._git("index-pack", "--stdin", "--fix-thin", stdin=pack)

    def _lay_out(self, git_dir: str, commit: str, attributes: str) -> None:
        for folder in ("objects/info", "objects/pack", "refs/heads", "info"):
            os.makedirs(os.path.join(git_dir, folder))
        files = {
            "HEAD": f"ref: refs/heads/{BRANCH}\n",
            "config": _CONFIG,
            f"refs/heads/{BRANCH}": commit + "\n",
            "objects/info/alternates": self._objects + "\n",
            "info/attributes": f"{_BYTES_EXACT}\n{attributes}\n",
            "info/exclude": "",
        }
        if self._shallow:
            files["shallow"] = "".join(commit + "\n" for commit in self._shallow)
        for name, text in files.items():
            _write(os.path.join(git_dir, name), text)

    def _git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
        ok: tuple[int, ...] = (0,),
    ) -> bytes:
        code, output, errors = self._try(*arguments, stdin=stdin, env=env)
        if code not in ok:
            message = errors.decode(errors="replace").strip() or f"exit code {code}"
            raise ToolboxError(f"git {' '.join(arguments[:2])} failed: {message}")
        return output

    def _try(
        self, *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None
    ) -> tuple[int, bytes, bytes]:
        return capture(
            ["git", *self._options, *arguments],
            {**self._env, **(env or {})},
            cwd=self._workspace.fd,
            stdin=stdin,
        )


def _shown(path: str) -> str:
    """A path as text of one line, whatever its bytes are."""
    text = os.fsencode(path).decode(errors="backslashreplace")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _escape(path: str) -> str:
    special = "\\*?[ !#"
    return "".join("\\" + char if char in special else char for char in path)


def _copy(source: str, target: str) -> None:
    with open(source, "rb") as old, open(target, "wb") as new:
        new.write(old.read())


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
