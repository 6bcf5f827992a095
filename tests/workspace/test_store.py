"""Only whole, harmless objects get in; commits, pins and diffs are made on the host."""

import hashlib
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from agentcli.errors import InfraFault, SandboxFault
from agentcli.workspace.store import RunStore, compose_message
from tests.workspace.conftest import Person, Run, run_git, start


class Sandbox:
    """The other side: a repository on the base's objects, as a toolbox keeps it.

    Each pack holds some more blobs: git takes in a pack of many objects in another way.
    """

    def __init__(self, run: Run, more: int = 0) -> None:
        self.run = run
        self.more = more
        self.path = run.store.run_dir / "sandbox.git"
        run_git(run.store.run_dir, "init", "-q", "--bare", str(self.path))
        alternates = self.path / "objects/info/alternates"
        alternates.write_text(f"{run.store.objects}\n")
        (self.path / "shallow").write_text("".join(f"{s}\n" for s in run.store.shallow))

    def git(self, *args: str, stdin: bytes = b"") -> bytes:
        return run_git(self.path, *args, stdin=stdin)

    def object(self, kind: str, data: bytes) -> bytes:
        """Write any object, also one that git would not make; returns its raw id."""
        raw = kind.encode() + b" %d\0" % len(data) + data
        name = hashlib.sha1(raw).hexdigest()
        file = self.path / "objects" / name[:2] / name[2:]
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(zlib.compress(raw))
        return bytes.fromhex(name)

    def blob(self, data: bytes = b"evil\n") -> bytes:
        return self.object("blob", data)

    def tree(self, *entries: tuple[str, bytes, bytes]) -> str:
        """A tree of (mode, name, raw id), unsorted and unchecked."""
        data = b"".join(mode.encode() + b" " + name + b"\0" + raw for mode, name, raw in entries)
        return self.object("tree", data).hex()

    def pack(self, tree: str) -> bytes:
        """What a checkpoint sends."""
        names = [tree, f"^{self.run.store.base_tree}", *self._more_blobs()]
        revisions = "\n".join([*names, ""]).encode()
        return self.git("pack-objects", "-q", "--revs", "--thin", "--stdout", stdin=revisions)

    def pack_of(self, *names: str) -> bytes:
        every = "\n".join([*names, *self._more_blobs(), ""]).encode()
        return self.git("pack-objects", "-q", "--stdout", stdin=every)

    def _more_blobs(self) -> list[str]:
        return [self.blob(b"%d\n" % number).hex() for number in range(self.more)]


@pytest.fixture
def run(person: Person, run_dir: Path) -> Run:
    return start(person, run_dir)


@pytest.fixture(params=[0, 100], ids=["small pack", "big pack"])
def sandbox(run: Run, request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox(run, request.param)


# ---- taking in ----


def test_a_checkpoint_comes_in(run: Run, sandbox: Sandbox) -> None:
    tree = sandbox.tree(("100755", b"a.txt", sandbox.blob(b"one\nTWO\nthree\n")))
    run.store.receive(sandbox.pack(tree), tree)
    assert run.store.read_blob(tree, "a.txt") == b"one\nTWO\nthree\n"
    changes = run.store.changes(run.store.base_tree, tree)
    assert [(c.path, c.status, c.added, c.removed) for c in changes] == [
        ("a.txt", "M", 1, 1),
        ("sub/b.txt", "D", 0, 1),
    ]


def test_a_thin_pack_comes_in(person: Person, run_dir: Path) -> None:
    big = os.urandom(2000).hex()
    person.write("big.txt", "\n".join(big[at : at + 60] for at in range(0, len(big), 60)))
    run = start(person, run_dir)
    sandbox = Sandbox(run)
    changed = (person.root / "big.txt").read_bytes() + b"\nmore"
    tree = sandbox.tree(("100644", b"big.txt", sandbox.blob(changed)))
    run.store.receive(sandbox.pack(tree), tree)
    assert run.store.read_blob(tree, "big.txt") == changed


def test_many_checkpoints_leave_no_heap_of_packs(run: Run) -> None:
    few = Sandbox(run)
    for number in range(20):
        tree = few.tree(("100644", b"n.txt", few.blob(b"%d\n" % number)))
        run.store.receive(few.pack(tree), tree)
    assert not list((run.store.path / "objects/pack").glob("*.pack"))


def test_the_base_tree_needs_no_pack(run: Run) -> None:
    run.store.receive(b"", run.store.base_tree)
    with pytest.raises(SandboxFault, match="incomplete tree"):
        run.store.receive(b"", "1" * 40)


@pytest.mark.parametrize(
    "name",
    [b".git", b".GIT", b"git~1", b".", b"..", b"a/b", b"", ".g\u200cit".encode()],
)
def test_names_that_lead_elsewhere_are_refused(run: Run, sandbox: Sandbox, name: bytes) -> None:
    hooks = bytes.fromhex(sandbox.tree(("100755", b"post-checkout", sandbox.blob())))
    tree = sandbox.tree(("40000", name, hooks))
    with pytest.raises(SandboxFault):
        run.store.receive(sandbox.pack_of(tree, hooks.hex(), sandbox.blob().hex()), tree)


def test_bad_names_deep_inside_are_refused(run: Run, sandbox: Sandbox) -> None:
    inner = sandbox.tree(("100644", b".git", sandbox.blob()))
    tree = sandbox.tree(("40000", b"fine", bytes.fromhex(inner)))
    with pytest.raises(SandboxFault, match="hasDotgit"):
        run.store.receive(sandbox.pack(tree), tree)


def test_submodules_are_refused(run: Run, sandbox: Sandbox) -> None:
    head = bytes.fromhex(run.store.base_commit)
    tree = sandbox.tree(("160000", b"module", head))
    with pytest.raises(SandboxFault, match="another repository"):
        run.store.receive(sandbox.pack(tree), tree)


def test_links_out_of_gitmodules_are_refused(run: Run, sandbox: Sandbox) -> None:
    tree = sandbox.tree(("120000", b".gitmodules", sandbox.blob(b"/etc/passwd")))
    with pytest.raises(SandboxFault, match="gitmodules"):
        run.store.receive(sandbox.pack(tree), tree)


@pytest.mark.parametrize("missing", ["blob", "tree", "all"])
def test_missing_objects_are_refused(run: Run, sandbox: Sandbox, missing: str) -> None:
    blob = sandbox.blob()
    inner = sandbox.tree(("100644", b"x", blob))
    tree = sandbox.tree(("40000", b"dir", bytes.fromhex(inner)))
    sent = {"blob": [tree, inner], "tree": [tree, blob.hex()], "all": []}[missing]
    with pytest.raises(SandboxFault):
        run.store.receive(sandbox.pack_of(*sent) if sent else b"", tree)


def test_duplicate_and_unsorted_entries_are_refused(run: Run, sandbox: Sandbox) -> None:
    blob = sandbox.blob()
    for names in ((b"a", b"a"), (b"b", b"a")):
        tree = sandbox.tree(*(("100644", name, blob) for name in names))
        with pytest.raises(SandboxFault):
            run.store.receive(sandbox.pack_of(tree, blob.hex()), tree)


def test_too_much_is_refused(run: Run, sandbox: Sandbox) -> None:
    tree = sandbox.tree(("100644", b"big", sandbox.blob(os.urandom(100_000))))
    pack = sandbox.pack(tree)
    with pytest.raises(SandboxFault, match="allowed"):
        run.store.receive(pack, tree, max_bytes=50_000)


@pytest.mark.parametrize("pack", [b"garbage", b"PACK\0\0\0\2\0\0\0\1", b"\0" * 100])
def test_what_is_no_pack_is_refused(run: Run, pack: bytes) -> None:
    with pytest.raises(SandboxFault) as caught:
        run.store.receive(pack, run.store.base_tree)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "HEAD", "--all", "refs/heads/base", "A" * 40])
def test_only_an_object_id_names_a_tree(run: Run, name: str) -> None:
    with pytest.raises(SandboxFault):
        run.store.receive(b"", name)


def test_a_commit_or_blob_is_no_tree(run: Run, sandbox: Sandbox) -> None:
    blob = sandbox.blob()
    for name in (run.store.base_commit, blob.hex()):
        with pytest.raises(SandboxFault):
            run.store.receive(sandbox.pack_of(blob.hex()), name)


def test_nothing_but_objects_comes_in(run: Run, sandbox: Sandbox) -> None:
    """Planted hooks and configuration stay where they are and never run."""
    ran = run.store.run_dir / "ran"
    for hook in ("pre-receive", "reference-transaction", "post-update"):
        file = sandbox.path / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch {ran}\n")
        file.chmod(0o755)
    sandbox.git("config", "core.fsmonitor", f"touch {ran}")
    tree = sandbox.tree(("100644", b"x", sandbox.blob()))
    refs = run_git(run.store.path, "for-each-ref")
    run.store.receive(sandbox.pack(tree), tree)
    run.store.pin("checkpoint/1", tree)
    assert not ran.exists()
    run.store.unpin("checkpoint/1")
    assert run_git(run.store.path, "for-each-ref") == refs


# ---- giving out ----


def test_a_pack_holds_only_what_the_base_lacks(run: Run, sandbox: Sandbox) -> None:
    assert run.store.pack_for(run.store.base_tree) == b""
    assert run.store.pack_for(run.store.base_tree, run.store.base_commit) == b""
    tree = run.tree({"new.txt": "n\n"})
    commit = run.store.commit(tree, [run.store.base_commit], "x", {})
    pack = run.store.pack_for(tree, commit)
    assert int.from_bytes(pack[8:12]) == 3  # commit, tree, blob
    sandbox.git("index-pack", "--strict", "--fix-thin", "--stdin", stdin=pack)
    assert sandbox.git("show", f"{commit}:new.txt") == b"n\n"
    assert b"a.txt" in sandbox.git("ls-tree", commit)


def test_opening_again_finds_the_same(person: Person, run_dir: Path) -> None:
    person.write("a.txt", "2\n")
    person.commit()
    run = start(person, run_dir, 1)
    again = RunStore.open(run_dir)
    assert again == run.store
    assert again.run == "testrun2"
    assert again.shallow == run.snapshot.shallow != ()
    moved = RunStore.open(run_dir.rename(run_dir.with_name("moved")))
    assert moved.read_blob(moved.base_tree, "a.txt") == b"2\n"


def test_a_store_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(InfraFault, match="is gone"):
        RunStore.open(tmp_path)


# ---- commits ----


def test_commits_are_repeatable_and_ours(run: Run) -> None:
    arguments = (run.store.base_tree, [run.store.base_commit], "Add x\n\nBody.")
    trailers = {"Agent": "1.2", "Check": "passed"}
    first = run.store.commit(*arguments, trailers, when=1_700_000_000)
    assert first == run.store.commit(*arguments, trailers, when=1_700_000_000.9)
    shown = run_git(run.store.path, "show", "-s", "--format=%an|%cn|%at|%B", first).decode()
    assert shown.strip() == (
        "agentcli|agentcli|1700000000|Add x\n\nBody.\n\nAgent: 1.2\nCheck: passed"
    )


@pytest.mark.parametrize(
    "message", ["x", "", "Override: no\nAgent: forged", "x\n\nAgent: forged\n", "a\0b", "\ud800"]
)
def test_only_our_trailers_are_trailers(run: Run, message: str) -> None:
    trailers = {"Agent": "1", "Reason": "two\n\nlines\nAgent: forged"}
    commit = run.store.commit(run.store.base_tree, [], message, trailers)
    form = "--format=%(trailers:only,unfold)"
    read = run_git(run.store.path, "show", "-s", form, commit).decode().strip()
    assert read == "Agent: 1\nReason: two lines Agent: forged"


def test_a_trailer_needs_a_proper_name() -> None:
    with pytest.raises(ValueError, match="trailer"):
        compose_message("x", {"Bad name": "1"})


# ---- reading ----


def test_changes_name_kinds_renames_and_binaries(run: Run) -> None:
    tree = run.tree(
        {
            "a.txt": ("120000", "sub/b.txt"),
            "sub/b.txt": None,
            "sub/renamed.txt": "b\n",
            "bin": b"\0\1",
            "tool": ("100755", "x"),
            b"\xff.txt": "x\ny\n",
        }
    )
    changes = run.store.changes(run.store.base_tree, tree)
    assert [(c.path, c.status, c.added, c.removed) for c in changes] == [
        ("a.txt", "T", 1, 3),
        ("bin", "A", None, None),
        ("sub/b.txt", "D", 0, 1),
        ("sub/renamed.txt", "A", 1, 0),
        ("tool", "A", 1, 0),
        ("\\xff.txt", "A", 2, 0),
    ]
    assert all(change.model_dump_json() for change in changes)
    assert run.store.changes(tree, tree) == ()


def test_diffs_are_for_people(run: Run) -> None:
    tree = run.tree({"a.txt": "one\nTWO\nthree\n", "sub/b.txt": "B\n"})
    text = run.store.diff(run.store.base_tree, tree)
    assert "--- a/a.txt\n+++ b/a.txt\n" in text and "\n-two\n+TWO\n" in text
    assert "a.txt" not in run.store.diff(run.store.base_tree, tree, paths=("sub",))
    assert "\x1b[" not in text
    assert "\x1b[" in run.store.diff(run.store.base_tree, tree, color=True)


def test_files_and_blobs_are_read_by_name(run: Run) -> None:
    tree = run.tree({b"\xff": "x", "*": "star"})
    files = run.store.files(tree)
    assert set(files) == {"a.txt", "sub/b.txt", "\udcff", "*"}
    assert run.store.read_blobs([files["*"], files["\udcff"]]) == {
        files["*"]: b"star",
        files["\udcff"]: b"x",
    }
    assert run.store.read_blob(tree, "*") == b"star"
    assert run.store.read_blob(tree, "sub/b.txt") == b"b\n"
    assert run.store.read_blob(tree, "sub") is None
    assert run.store.read_blob(tree, "missing") is None
    with pytest.raises(InfraFault):
        run.store.read_blobs(["1" * 40])


def test_the_environment_of_a_hook_does_not_leak_in(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    tree = run.tree({"a.txt": "x\n"})
    commit = run.store.commit(tree, [run.store.base_commit], "x", {})
    assert b"agentcli" in run_git(run.store.path, "show", "-s", "--format=%an", commit)
    assert "+x" in run.store.diff(run.store.base_tree, commit)


def test_a_missing_git_is_one_clear_line(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from agentcli.workspace.snapshot import take_snapshot\n"
        "try: take_snapshot(Path('.'), Path('x'), 1)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("InfraFault git can't be run."), done.stderr
