"""Lines in git notes of the person's repository, under one ref of ours.

A note holds lines. Adding keeps every line that is there, whoever wrote it, and removing takes
out only the lines that the caller owns. Git updates the ref only if nobody moved it meanwhile;
then it is read and written again, so that runs that end together lose nothing.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agentcli.errors import RepositoryFault
from agentcli.workspace.git import Git
from agentcli.workspace.repository import open_repository
from agentcli.workspace.snapshot import IDENTITY

NOTES_REF = "refs/notes/agentcli"

_ATTEMPTS = 20
_PAUSE = 0.02  # seconds, times the attempt
_NO_BLOB = "0" * 40

Lines = dict[str, list[str]]  # commit → the lines of its note


def add_notes(repo: Path, lines: Mapping[str, Sequence[str]]) -> None:
    """Append lines to the notes of commits. A line that is there stays single; a commit that the
    repository doesn't have is passed over."""
    git = open_repository(repo).git
    present = _present(git, list(lines))

    def change(notes: Lines) -> Lines:
        added = {}
        for commit in present:
            old = notes.get(commit, [])
            new = [line for line in lines[commit] if line not in old]
            if new:
                added[commit] = [*old, *new]
        return added

    _rewrite(git, change, "Notes by agentcli")


def remove_notes(repo: Path, is_ours: Callable[[str], bool]) -> None:
    """Take out all lines that `is_ours` knows, from every note."""
    git = open_repository(repo).git

    def change(notes: Lines) -> Lines:
        left = {c: [line for line in lines if not is_ours(line)] for c, lines in notes.items()}
        return {commit: lines for commit, lines in left.items() if lines != notes[commit]}

    _rewrite(git, change, "Notes removed by agentcli")


def read_notes(repo: Path) -> Lines:
    """All notes under our ref."""
    git = open_repository(repo).git
    return _read(git, _tip(git))


def _rewrite(git: Git, change: Callable[[Lines], Lines], message: str) -> None:
    """Replace the notes that `change` returns; one that it leaves without lines is deleted."""
    reason = ""
    for attempt in range(_ATTEMPTS):
        tip = _tip(git)
        changed = change(_read(git, tip))
        if not changed:
            return
        reply = git.ask("fast-import", "--quiet", stdin=_stream(tip, changed, message))
        if reply.code == 0:
            return
        reason = reply.reason
        time.sleep(_PAUSE * attempt)
    raise RepositoryFault(f"The notes {NOTES_REF} can't be written: {reason}.")


def _tip(git: Git) -> str | None:
    return git.ask("rev-parse", "--quiet", "--verify", NOTES_REF).text or None


def _read(git: Git, tip: str | None) -> Lines:
    if tip is None:
        return {}
    notes = {}
    # A tree of notes is named by commits, fanned out into folders as it grows.
    for record in git.run("ls-tree", "-r", "-z", tip).out.split(b"\0")[:-1]:
        head, path = record.split(b"\t", 1)
        text = git.run("cat-file", "blob", head.split()[2].decode("ascii")).out
        notes[path.decode("ascii", "replace").replace("/", "")] = _split(text)
    return notes


def _split(text: bytes) -> list[str]:
    return text.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")


def _present(git: Git, commits: Sequence[str]) -> list[str]:
    names = "".join(f"{commit}\n" for commit in commits)
    answers = git.text("cat-file", "--batch-check=%(objecttype)", stdin=names.encode())
    kinds = answers.splitlines()
    return [commit for commit, kind in zip(commits, kinds, strict=True) if kind == "commit"]


def _stream(tip: str | None, notes: Lines, message: str) -> bytes:
    """The change as input for `git fast-import`."""
    name, email = IDENTITY["GIT_COMMITTER_NAME"], IDENTITY["GIT_COMMITTER_EMAIL"]
    parts = [
        f"commit {NOTES_REF}\n".encode(),
        f"committer {name} <{email}> {int(time.time())} +0000\n".encode(),
        _data(message.encode()),
        f"from {tip}\n".encode() if tip is not None else b"",
    ]
    for commit, lines in notes.items():
        if lines:
            text = "\n".join([*lines, ""]).encode("utf-8", "surrogateescape")
            parts.append(f"N inline {commit}\n".encode() + _data(text))
        else:
            parts.append(f"N {_NO_BLOB} {commit}\n".encode())
    return b"".join(parts)


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"
