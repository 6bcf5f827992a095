"""What differs between two trees, as git's plumbing tells it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from agentcli.errors import InfraFault
from agentcli.journal.events import FileChange
from agentcli.workspace.git import Git, shown

GITLINK = "160000"
SYMLINK = "120000"

Status = Literal["A", "M", "D", "T"]


@dataclass(frozen=True)
class Entry:
    """What a tree holds under one path: a mode as git writes it, and a blob."""

    mode: str
    blob: str

    @property
    def is_file(self) -> bool:
        return self.mode.startswith("100")


@dataclass(frozen=True)
class Difference:
    """One path's entry before and after; None where there is none."""

    path: bytes
    status: Status
    before: Entry | None
    after: Entry | None


def differences(git: Git, a: str, b: str) -> tuple[Difference, ...]:
    """Paths that differ between two trees (or commits), sorted; renames are D and A."""
    return _parse_raw(git.run(*_DIFF_TREE, "--raw", a, b).out)[0]


def all_differences(
    git: Git, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Difference, ...]]:
    """`differences` of many pairs of trees (not commits), by one call of git."""
    wanted = list(dict.fromkeys(pairs))
    found: dict[tuple[str, str], tuple[Difference, ...]] = dict.fromkeys(wanted, ())
    asked = [f"{a} {b}" for a, b in wanted if a != b]
    if not asked:
        return found
    out = git.run(*_DIFF_TREE, "--raw", "--stdin", stdin="\n".join([*asked, ""]).encode()).out
    fields = out.split(b"\0")
    at = 0
    while fields[at]:
        head, _, fields[at] = fields[at].partition(b"\n")  # the pair, before its first record
        a, b = head.decode("ascii").split(" ")
        found[a, b], at = _parse_records(fields, at)
    return found


def file_changes(git: Git, a: str, b: str) -> tuple[FileChange, ...]:
    """The same for the journal, with counts of lines."""
    found, rest = _parse_raw(git.run(*_DIFF_TREE, "--raw", "--numstat", a, b).out)
    counts: dict[bytes, tuple[int | None, int | None]] = {}
    for record in rest:
        plus, minus, path = record.split(b"\t", 2)
        counts[path] = (None, None) if plus == b"-" else (int(plus), int(minus))
    changes = []
    for difference in found:
        added, removed = counts.get(difference.path, (None, None))
        changes.append(
            FileChange(
                path=shown(difference.path), status=difference.status, added=added, removed=removed
            )
        )
    return tuple(changes)


_DIFF_TREE = ("diff-tree", "-r", "-z", "--no-renames", "--no-abbrev")


def _parse_raw(output: bytes) -> tuple[tuple[Difference, ...], list[bytes]]:
    """The raw records, and the fields after them."""
    fields = output.split(b"\0")
    found, at = _parse_records(fields, 0)
    return found, [field for field in fields[at:] if field]


def _parse_records(fields: list[bytes], at: int) -> tuple[tuple[Difference, ...], int]:
    """The raw records from a field on, and the field after them."""
    found = []
    while fields[at].startswith(b":"):
        old_mode, new_mode, old, new, status = fields[at][1:].decode("ascii").split(" ")
        if status not in ("A", "M", "D", "T"):
            raise InfraFault(f"git diff-tree reported the unknown status {status}.")
        found.append(
            Difference(
                fields[at + 1],
                cast(Status, status),
                None if status == "A" else Entry(old_mode, old),
                None if status == "D" else Entry(new_mode, new),
            )
        )
        at += 2
    return tuple(found), at


def read_blobs(git: Git, blobs: Sequence[str]) -> dict[str, bytes]:
    """The contents of blobs, by id. Raises InfraFault when one is missing."""
    if not blobs:
        return {}
    out = git.run("cat-file", "--batch", stdin="\n".join([*blobs, ""]).encode()).out
    found: dict[str, bytes] = {}
    at = 0
    for blob in blobs:
        end = out.index(b"\n", at)
        head = out[at:end].split()
        if len(head) != 3 or head[1] != b"blob":
            raise InfraFault(f"The run's repository lacks the blob {blob}.")
        size = int(head[2])
        found[blob] = out[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return found
