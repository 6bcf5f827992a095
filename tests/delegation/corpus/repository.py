"""A bare repository, written object by object: about a thousand times faster than by commands.

Git itself merges, collects garbage and reads. Ids are those that git computes, since git finds
the objects by them.
"""

import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path

from agentcli.workspace.git import Git, store_git
from tests.delegation.corpus.edits import Content, Files, Gitlink

_WHO = b"Test <test@example.invalid> 1700000000 +0000"


class Repository:
    """Trees, commits and refs of one history."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._blobs: dict[str, bytes] = {}  # written or read before
        self.git: Git = store_git(path)
        for folder in ("objects", "refs"):
            (path / folder).mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n")

    def tree(self, files: Files) -> str:
        """Write a tree of these files; returns its id."""
        folders: dict[str, dict[str, Content]] = {}
        entries: dict[str, tuple[bytes, str]] = {}  # name → mode and id
        for path, content in files.items():
            folder, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(folder, {})[rest] = content
            else:
                entries[path] = self._entry(content)
        entries |= {name: (b"40000", self.tree(inside)) for name, inside in folders.items()}
        return self._write("tree", _tree_body(entries))

    def commit(self, tree: str, *parents: str) -> str:
        """Write a commit; returns its id."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        head = "\n".join(lines).encode()
        return self._write(
            "commit", head + b"\nauthor " + _WHO + b"\ncommitter " + _WHO + b"\n\nwork\n"
        )

    def pin(self, name: str, tree: str) -> None:
        """Keep a tree under refs/agentcli/<run>/, as runs do."""
        ref = self._path / "refs/agentcli/run" / name
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(f"{tree}\n")

    def merge(self, ours: str, theirs: str) -> tuple[str, tuple[str, ...]]:
        """Git's mechanical merge of two commits: the tree and the conflicted paths."""
        options = ("--write-tree", "-z", "--name-only", "--no-messages")
        reply = self.git.ask("merge-tree", *options, ours, theirs)
        assert reply.code in (0, 1), reply.reason
        tree, *conflicts = reply.out.decode().rstrip("\0").split("\0")
        return tree, tuple(conflicts)

    def files(self, tree: str) -> Files:
        """What `tree` holds, read by git."""
        records = self.git.run("ls-tree", "-r", "-z", tree).out.decode().split("\0")
        entries = [record.split("\t") for record in records if record]
        return {path: self._content(*head.split()) for head, path in entries}

    def _content(self, mode: str, _: str, name: str) -> Content:
        if mode == "160000":
            return Gitlink(name)
        if name not in self._blobs:
            self._blobs[name] = self.git.run("cat-file", "blob", name).out
        data = self._blobs[name]
        return data if b"\0" in data else data.decode()

    def _entry(self, content: Content) -> tuple[bytes, str]:
        if isinstance(content, Gitlink):
            return b"160000", content.commit
        data = content.encode() if isinstance(content, str) else content
        name = self._write("blob", data)
        self._blobs[name] = data
        return b"100644", name

    def _write(self, kind: str, body: bytes) -> str:
        data = f"{kind} {len(body)}\0".encode() + body
        name = hashlib.sha1(data).hexdigest()
        file = self._path / "objects" / name[:2] / name[2:]
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(zlib.compress(data, 1))
        return name


def _tree_body(entries: Mapping[str, tuple[bytes, str]]) -> bytes:
    def place(name: str) -> bytes:  # git sorts a folder as if its name ended in a slash
        return name.encode() + (b"/" if entries[name][0] == b"40000" else b"")

    return b"".join(
        entries[name][0] + b" " + name.encode() + b"\0" + bytes.fromhex(entries[name][1])
        for name in sorted(entries, key=place)
    )
