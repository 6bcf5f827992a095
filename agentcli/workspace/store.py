"""The run's own repository: takes in what sandboxes made, and holds every commit of the run.

`base.git` holds the snapshot and is never written again; its objects are what sandboxes may
read. `run.git` borrows from it and takes everything that is new. Only objects come in, after
git has checked each of them; refs and commits are made here, on the host.
"""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from agentcli.errors import InfraFault, SandboxFault
from agentcli.journal.events import FileChange
from agentcli.plain import painted
from agentcli.workspace.base import Snapshot
from agentcli.workspace.git import Git, Reply, store_git
from agentcli.workspace.snapshot import BASE, BASE_REF, IDENTITY
from agentcli.workspace.trees import GITLINK, differences, file_changes, read_blobs

MAX_PACK = 256 * 2**20  # bytes that one checkpoint may bring in

# As git does on a push: the objects of a small pack are kept apart. Otherwise each checkpoint
# would leave one more pack for git to search: 2 ms more for every 100 of them.
_UNPACK_LIMIT = 100
_UNPACK_SIZE = 16 * 2**20  # bytes of one object kept apart: a pack can be far smaller than that

MAX_CHANGES = 4 * 2**30  # bytes, unpacked, of the files that a tree adds to the base

# A few hundred bytes of pack can stand for any number of files or of bytes. What git may spend
# on reading them:
_MEMORY = 2**30  # bytes
_LIST_MEMORY = 256 * 2**20  # bytes, for listing what differs: some 500,000 files
_PATIENCE = 120.0  # seconds
_RESERVE = 2 * 2**30  # bytes of disk that are left to the person
_WARY = {"core.bigFileThreshold": "4m"}  # larger ones are streamed, and never compared by line

_OBJECT_ID = re.compile(r"[0-9a-f]{40}")
_TRAILER_KEY = re.compile(r"[A-Za-z0-9-]+")
_EMPTY_PACK_SIZE = 12 + 20  # header and checksum


@dataclass(frozen=True)
class RunStore:
    """The two repositories of one run, in `run_dir`, whose name is the run's id."""

    run_dir: Path
    base_commit: str
    base_tree: str
    borrowed: tuple[Path, ...] = ()  # other runs' objects that are read, too

    @classmethod
    def create(cls, run_dir: Path, snapshot: Snapshot) -> "RunStore":
        """Make `run.git` beside the `base.git` that `take_snapshot` left in `run_dir`."""
        store = cls(run_dir, snapshot.commit, snapshot.tree)
        path = run_dir / "run.git"
        path.mkdir()
        store.git.run("init", "--quiet", "--bare", "--template=", str(path))
        with (path / "config").open("a") as config:  # a tenth of what git would take to do it
            config.write("[uploadpack]\n\tallowAnySHA1InWant = true\n")
        (path / "objects" / "info" / "alternates").write_text(f"../../{BASE}/objects\n")
        if snapshot.shallow:
            (path / "shallow").write_text("".join(f"{edge}\n" for edge in snapshot.shallow))
        store.pin("base", snapshot.commit)
        return store

    @classmethod
    def open(cls, run_dir: Path) -> "RunStore":
        """The store that `create` made earlier. Raises InfraFault when it is gone."""
        if not (run_dir / "run.git").is_dir():
            raise InfraFault(f"The run's repository {run_dir / 'run.git'} is gone.")
        reply = store_git(run_dir / BASE).text("rev-parse", BASE_REF, f"{BASE_REF}^{{tree}}")
        commit, tree = reply.split()
        return cls(run_dir, commit, tree)

    @property
    def run(self) -> str:
        return self.run_dir.name

    @property
    def path(self) -> Path:
        return self.run_dir / "run.git"

    @cached_property
    def git(self) -> Git:
        git = store_git(self.path)
        lent = os.pathsep.join(map(str, self.borrowed))
        return git.with_env(GIT_ALTERNATE_OBJECT_DIRECTORIES=lent) if lent else git

    def borrowing(self, other: "RunStore") -> "RunStore":
        """The same store, which reads another run's objects as well, to compare the two."""
        return replace(self, borrowed=(other.path / "objects", other.objects))

    @cached_property
    def _wary(self) -> Git:
        """The same for work whose size depends on what the sandbox sent."""
        return self.git.with_config(_WARY).within(_MEMORY)

    @property
    def objects(self) -> Path:
        """The object directory that sandboxes may read: the snapshot and its history."""
        return self.run_dir / BASE / "objects"

    @property
    def shallow(self) -> tuple[str, ...]:
        """Commits that have no parents in `objects`."""
        file = self.run_dir / BASE / "shallow"
        return tuple(file.read_text("ascii").split()) if file.exists() else ()

    # ---- in and out of sandboxes ----

    def receive(self, pack: bytes, tree: str, max_bytes: int = MAX_PACK) -> None:
        """Take in a sandbox's pack and make sure that `tree` is whole and fit for a checkout.

        Raises SandboxFault for anything malformed, missing, too big, or that git would not
        let into a working tree (`.git`, `..`, submodules).
        """
        if not _OBJECT_ID.fullmatch(tree):
            raise SandboxFault("The sandbox sent a tree name that is none.")
        if len(pack) > max_bytes:
            raise SandboxFault(f"The sandbox sent {len(pack)} bytes; {max_bytes} are allowed.")
        if shutil.disk_usage(self.path).free < _RESERVE:
            raise SandboxFault("The disk is nearly full.", "Make room: agentcli rm, agentcli runs.")
        if pack:
            reply = self._take_in(pack, max_bytes)
            if reply.code != 0:
                raise SandboxFault(f"Git refused what the sandbox sent: {reply.reason}")
        self._require_whole(tree)

    def pack_for(self, *wanted: str) -> bytes:
        """A thin pack of what the given trees and commits need beyond `objects`; b"" if nothing."""
        new = [name for name in wanted if name not in (self.base_tree, self.base_commit)]
        if not new:
            return b""
        revisions = "\n".join([*new, f"^{self.base_commit}", f"^{self.base_tree}", ""])
        pack = self._wary.run(
            *("pack-objects", "--quiet", "--revs", "--thin", "--stdout", "--delta-base-offset"),
            stdin=revisions.encode(),
        ).out
        return pack if len(pack) > _EMPTY_PACK_SIZE else b""

    # ---- commits ----

    def commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        trailers: Mapping[str, str],
        when: float | None = None,
    ) -> str:
        """Make a commit; returns its id. `when` (seconds since the epoch) makes it repeatable."""
        env = dict(IDENTITY)
        if when is not None:
            env |= dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"@{int(when)} +0000")
        above = [flag for parent in parents for flag in ("-p", parent)]
        text = compose_message(message, trailers).encode("utf-8", "replace")
        return self.git.with_env(**env).text("commit-tree", tree, *above, stdin=text)

    def pin(self, suffix: str, name: str) -> str:
        """Keep a commit or tree under refs/agentcli/<run>/<suffix>; returns the ref."""
        ref = f"refs/agentcli/{self.run}/{suffix}"
        self.git.run("update-ref", ref, name)
        return ref

    def pinned(self, suffix: str) -> str | None:
        """What `pin` keeps under that suffix."""
        ref = f"refs/agentcli/{self.run}/{suffix}"
        return self.git.ask("rev-parse", "--quiet", "--verify", ref).text or None

    def unpin(self, suffix: str) -> None:
        """Let go of a pin; nothing happens when there is none."""
        self.git.run("update-ref", "-d", f"refs/agentcli/{self.run}/{suffix}")

    # ---- reading ----

    def tree_of(self, commit: str) -> str:
        """The tree of a commit (or the tree itself)."""
        return self.git.text("rev-parse", "--verify", f"{commit}^{{tree}}")

    def changes(self, a: str, b: str) -> tuple[FileChange, ...]:
        """The files that differ between two trees or commits; a rename is a D and an A."""
        return () if a == b else file_changes(self._wary, a, b)

    def diff(self, a: str, b: str, *, paths: Sequence[str] = (), color: bool = False) -> str:
        """The difference as a patch, for people; with `color` harmless for a terminal."""
        command = (
            "--literal-pathspecs",
            "diff",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--find-renames",
        )
        patch = self._wary.run(*command, a, b, "--", *paths).out.decode("utf-8", "replace")
        return painted(patch) if color else patch

    def files(self, tree: str) -> dict[str, str]:
        """Every file of a tree: path → blob id. Undecodable names hold surrogates."""
        records = self.git.run("ls-tree", "-r", "-z", "--full-tree", tree).out.split(b"\0")
        parts = (record.split(b"\t", 1) for record in records if record)
        return {
            path.decode("utf-8", "surrogateescape"): head.split()[2].decode("ascii")
            for head, path in parts
        }

    def read_blob(self, tree: str, path: str) -> bytes | None:
        """A file of a tree (or commit); None when there is none under that path."""
        command = ("--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", path)
        record = self.git.run(*command).out.split(b"\0")[0]
        if not record or record.split()[1] != b"blob":
            return None
        return self.git.run("cat-file", "blob", record.split()[2].decode("ascii")).out

    def read_blobs(self, blobs: Sequence[str]) -> dict[str, bytes]:
        """The contents of blobs, by id. Raises InfraFault when one is missing."""
        return read_blobs(self.git, blobs)

    def _take_in(self, pack: bytes, max_bytes: int) -> Reply:
        options = ("--strict", f"--max-input-size={max_bytes}")
        if int.from_bytes(pack[8:12], "big") < _UNPACK_LIMIT:  # objects, by its header
            git = self._wary.within(_MEMORY, file=_UNPACK_SIZE)
            reply = git.ask("unpack-objects", *options, stdin=pack, timeout=_PATIENCE)
            if reply.code == 0:
                return reply
        command = ("index-pack", "--fix-thin", "--stdin")
        return self._wary.ask(*command, *options, stdin=pack, timeout=_PATIENCE)

    def _require_whole(self, tree: str) -> None:
        # The base is whole, so it is enough to look at what differs from it.
        try:
            found = differences(self.git.within(_LIST_MEMORY), self.base_tree, tree)
        except InfraFault as fault:
            raise SandboxFault(f"The sandbox sent an incomplete tree: {fault.message}") from fault
        new = [difference.after for difference in found if difference.after]
        if any(entry.mode == GITLINK for entry in new):
            raise SandboxFault("The sandbox sent a tree that holds another repository.")
        names = "".join(f"{name}\n" for name in [tree, *(entry.blob for entry in new)])
        form = "--batch-check=%(objecttype) %(objectsize)"
        answer = self.git.text("cat-file", form, stdin=names.encode())
        (kind, _), *others = (line.split(" ") for line in answer.splitlines())
        if kind != "tree" or any(other != "blob" for other, _ in others):
            raise SandboxFault("The sandbox sent a tree but not all of its files.")
        if sum(int(size) for _, size in others) > MAX_CHANGES:
            raise SandboxFault(f"The sandbox sent files of more than {MAX_CHANGES} bytes.")


def compose_message(message: str, trailers: Mapping[str, str]) -> str:
    """A commit message that ends in exactly these trailers.

    They get a paragraph of their own, and git only reads the last one: lines that look like
    trailers in the message itself don't count as ours.
    """
    text = message.replace("\0", "").strip() or "(no message)"
    lines = []
    for key, value in trailers.items():
        if not _TRAILER_KEY.fullmatch(key):
            raise ValueError(f"not a trailer's name: {key!r}")
        # A blank line would end the paragraph, so only the others are kept, folded.
        folded = "\n ".join(line for line in value.replace("\0", "").splitlines() if line.strip())
        lines.append(f"{key}: {folded}")
    return "\n\n".join([text, "\n".join(lines)]) + "\n" if lines else text + "\n"
