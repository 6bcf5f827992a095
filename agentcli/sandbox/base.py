"""The seam between the engine and any isolation back-end.

A sandbox holds one workspace: a clone of the run's base commit in which one agent works.
Paths are relative to the workspace root, with `/`; absolute ones must lie inside it.
The host never touches the workspace by path, only through these calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True)
class CommandResult:
    """A finished command. Outputs hold head and tail; the sizes (bytes) count everything."""

    exit_code: int | None  # None: killed by the time-out
    stdout: str
    stderr: str
    stdout_size: int
    stderr_size: int
    seconds: float
    changed: bool  # whether the workspace's files may have changed
    notes: tuple[str, ...] = ()  # e.g. "2 processes still run in the background"

    @property
    def timed_out(self) -> bool:
        return self.exit_code is None


@dataclass(frozen=True)
class FileData:
    """A file's bytes. `digest` (sha256 hex of the whole file) guards a later write."""

    data: bytes
    digest: str
    size: int
    executable: bool = False


@dataclass(frozen=True)
class Entry:
    """One name in a directory."""

    path: str
    kind: Literal["file", "dir", "link", "other"]
    size: int


@dataclass(frozen=True)
class SearchHit:
    """One matching line (1-based)."""

    path: str
    line: int
    text: str


@dataclass(frozen=True)
class TreePack:
    """The workspace's tree and a thin pack of the objects that the host doesn't have yet."""

    tree: str
    pack: bytes
    notes: tuple[str, ...] = ()  # what could not be taken in, e.g. a nested repository


class SandboxError(Exception):
    """The sandbox did what it was told and it failed (no such file …): text for the model."""


@dataclass(frozen=True)
class SandboxSpec:
    """What a sandbox is made from.

    `objects` is the host's read-only object directory that holds the base commit, `pack` the
    objects of `tree` that are not in it. `owner` is the run's id, for labels and the sweep.
    """

    owner: str
    name: str  # the agent's id
    objects: Path
    shallow: tuple[str, ...]  # commits without parents in `objects`
    commit: str  # what HEAD shows in the workspace
    tree: str
    pack: bytes = b""
    image: str | None = None
    network: bool = False
    network_allow: tuple[str, ...] = ()
    memory_mb: int = 2048
    cpus: float = 2
    pids: int = 512
    disk_mb: int = 4096
    env: Mapping[str, str] = field(default_factory=dict)


class Sandbox(Protocol):
    """One open workspace. Every call may raise SandboxFault when the sandbox itself broke."""

    backend: str
    isolation: str  # one line for people
    image: str | None

    async def run(
        self, command: str, *, timeout: float, cwd: str = ".", env: Mapping[str, str] | None = None
    ) -> CommandResult:
        """Run in bash with closed input. On time-out or cancellation the whole tree is killed."""

    async def read(self, path: str, limit: int = 2_000_000) -> FileData:
        """A regular file's bytes (the first `limit`). SandboxError for anything else."""

    async def write(
        self, path: str, data: bytes, *, expect: str | None = None, executable: bool | None = None
    ) -> None:
        """Write a file (directories are made). With `expect`, only if its digest is still that;
        `expect=""` means only if it does not exist. Mode is kept unless `executable` is given."""

    async def list(self, path: str = ".", depth: int = 1) -> Sequence[Entry]:
        """Names below a directory, without what git ignores, sorted by path."""

    async def files(self) -> Mapping[str, str]:
        """Every file of the tree that git would track: path → blob id (sha1 hex)."""

    async def search(
        self, pattern: str, path: str = ".", *, glob: str | None = None, limit: int = 200
    ) -> tuple[Sequence[SearchHit], int]:
        """ripgrep: the first `limit` hits and how many there are in all."""

    async def checkpoint(self, since: str) -> TreePack | None:
        """The tree as it is now, or None when it still is `since`."""

    async def restore(self, tree: str, pack: bytes = b"") -> None:
        """Make the workspace exactly `tree` (files that git ignores stay)."""

    async def close(self) -> None:
        """Remove it and all that it holds. Safe to call twice, and after a fault."""


class Backend(Protocol):
    """A way to isolate: docker, bubblewrap, host."""

    name: str

    async def available(self) -> str | None:
        """None when it works here, else one line: what is missing and how to mend it."""

    async def open(self, spec: SandboxSpec) -> Sandbox:
        """Make a sandbox at `spec.tree`. Raises SandboxFault; leaves nothing behind if it does."""

    async def sweep(self) -> int:
        """Remove what a dead owner left. Returns how many."""
