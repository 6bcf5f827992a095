"""Lay files over a tree without a working tree, so that nothing on the way can run or leak."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from agentcli.errors import RepositoryFault
from agentcli.tasks.task import Layer
from agentcli.workspace.git import Git, quoted
from agentcli.workspace.repository import open_repository
from agentcli.workspace.trees import GITLINK

_JUNK = frozenset({".git", "__pycache__", ".pytest_cache"})  # never part of a task


def lay(git: Git, tree: str, layer: Layer) -> str:
    """`tree` with the layer's files on top; the new objects go into `git`'s repository.

    Returns the new tree's id. Raises RepositoryFault for a commit that isn't there, a file that
    can't be read, or a patch that doesn't fit.
    """
    with tempfile.TemporaryDirectory(prefix="agentcli-") as name:
        scratch = Path(name)
        git = git.with_env(GIT_INDEX_FILE=str(scratch / "index"))
        git.run("read-tree", tree)
        if layer.repository is not None:
            _add(git, _from_commit(git, layer.repository, layer))
        _add(git, _from_disk(git, {**folder_files(layer), **_single(layer, scratch)}))
        if layer.patch:
            reply = git.ask(
                *("apply", "--cached", "--whitespace=nowarn", "-"), stdin=os.fsencode(layer.patch)
            )
            if reply.code != 0:
                raise RepositoryFault(f"The patch doesn't fit: {reply.reason}.")
        return git.text("write-tree")


def _add(git: Git, entries: list[bytes]) -> None:
    git.run("update-index", "--add", "--replace", "-z", "--index-info", stdin=b"".join(entries))


def _entry(mode: str, blob: str, path: bytes) -> bytes:
    return f"{mode} {blob}\t".encode() + path + b"\0"


def _from_commit(git: Git, repository: Path, layer: Layer) -> list[bytes]:
    """A commit's files, after bringing its objects (not its history) into `git`'s repository."""
    theirs = open_repository(repository).git
    found = theirs.ask("rev-parse", "--quiet", "--verify", f"{layer.commit}^{{tree}}")
    if found.code != 0:
        raise RepositoryFault(
            f"{repository} has no commit {layer.commit}.", "Fetch it into that repository first."
        )
    pack = theirs.run(*("pack-objects", "--revs", "--stdout", "-q"), stdin=found.out).out
    git.run("index-pack", "--stdin", "--strict", stdin=pack)
    entries = []
    for record in git.run("ls-tree", "-r", "-z", found.text).out.split(b"\0"):
        head, _, path = record.partition(b"\t")
        if not path or layer.leaves_out(os.fsdecode(path)):
            continue
        mode, _, blob = head.decode("ascii").split()
        if mode != GITLINK:
            entries.append(_entry(mode, blob, path))
    return entries


def folder_files(layer: Layer) -> Mapping[str, Path]:
    """Every file of the layer's folder, by its path below it."""
    if layer.folder is None:
        return {}
    files = {file.relative_to(layer.folder).as_posix(): file for file in _walk(layer.folder)}
    return {path: file for path, file in files.items() if not layer.leaves_out(path)}


def _walk(folder: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(folder):
        links = [name for name in names if (Path(directory) / name).is_symlink()]
        names[:] = [name for name in names if name not in _JUNK and name not in links]
        yield from (Path(directory) / name for name in (*files, *links))


def _single(layer: Layer, scratch: Path) -> Mapping[str, Path]:
    """The single files; texts are written down first, for git to read them like the others."""
    written = {}
    for number, (path, text) in enumerate(layer.files.items()):
        written[path] = scratch / str(number)
        written[path].write_text(text, "utf-8", newline="")
    return {**layer.copies, **written}


def _from_disk(git: Git, files: Mapping[str, Path]) -> list[bytes]:
    """Entries for files on disk, whose contents go into git's repository byte by byte."""
    links = {path: file for path, file in files.items() if file.is_symlink()}
    plain = {path: file for path, file in files.items() if path not in links}
    names = b"".join(quoted(bytes(file.absolute())) + b"\n" for file in plain.values())
    reply = git.ask("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=names)
    if reply.code != 0:
        raise RepositoryFault(f"A file can't be taken in: {reply.reason}.")
    entries = [
        _entry("100755" if os.access(file, os.X_OK) else "100644", blob, os.fsencode(path))
        for (path, file), blob in zip(plain.items(), reply.text.split(), strict=True)
    ]
    for path, link in links.items():
        target = git.text("hash-object", "-w", "--stdin", stdin=os.fsencode(link.readlink()))
        entries.append(_entry("120000", target, os.fsencode(path)))
    return entries
