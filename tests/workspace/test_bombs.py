"""A few hundred bytes can stand for any number of files, or of bytes; the host stays unharmed."""

import hashlib
import resource
import struct
import time
import zlib
from pathlib import Path

import pytest

from agentcli.errors import SandboxFault
from agentcli.workspace import store as stores
from tests.workspace.conftest import Person, Run, run_git, start
from tests.workspace.test_store import Sandbox

_MIB = 1 << 20


@pytest.fixture
def run(person: Person, run_dir: Path) -> Run:
    return start(person, run_dir)


@pytest.fixture
def sandbox(run: Run) -> Sandbox:
    return Sandbox(run)


def test_a_tree_of_countless_files_is_refused(run: Run, sandbox: Sandbox) -> None:
    raw, mode = sandbox.blob(), "100644"
    for _ in range(10):  # each folder holds the one before it ten times
        raw = bytes.fromhex(sandbox.tree(*((mode, b"%d" % n, raw) for n in range(10))))
        mode = "40000"
    pack = sandbox.pack_of(*_everything(sandbox))
    assert len(pack) < 2000
    began = time.monotonic()
    with pytest.raises(SandboxFault, match="memory"):
        run.store.receive(pack, raw.hex())
    assert time.monotonic() - began < 30


def test_a_small_delta_for_a_huge_object_is_refused(run: Run) -> None:
    began = time.monotonic()
    with pytest.raises(SandboxFault, match="memory"):
        run.store.receive(_inflated(16 << 30), "1" * 40)
    assert time.monotonic() - began < 10


def test_a_small_pack_does_not_fill_the_disk(run: Run) -> None:
    with pytest.raises(SandboxFault):
        run.store.receive(_inflated(200 * _MIB), "1" * 40)
    files = [file for file in run.store.path.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 20 * _MIB


def test_files_that_are_too_big_in_sum_are_refused(
    run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_CHANGES", _MIB)
    blob = sandbox.blob(bytes(_MIB // 2))
    fits = sandbox.tree(("100644", b"a", blob), ("100644", b"b", blob))
    run.store.receive(sandbox.pack(fits), fits)
    too_big = sandbox.tree(*(("100644", name, blob) for name in (b"a", b"b", b"c")))
    with pytest.raises(SandboxFault, match="more than"):
        run.store.receive(sandbox.pack(too_big), too_big)


def test_endless_lines_are_not_compared_by_line(run: Run, sandbox: Sandbox) -> None:
    trees = []
    for line in (b"a\n", b"b\n"):
        tree = sandbox.tree(("100644", b"a.txt", sandbox.blob(line * (20 * _MIB))))
        run.store.receive(sandbox.pack(tree), tree)
        trees.append(tree)
    (change,) = run.store.changes(*trees)
    assert (change.path, change.added, change.removed) == ("a.txt", None, None)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2 << 20  # KiB: no git took more


def test_nothing_is_taken_in_when_the_disk_is_nearly_full(
    run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_RESERVE", 1 << 60)
    tree = sandbox.tree(("100644", b"a.txt", sandbox.blob()))
    with pytest.raises(SandboxFault, match="disk is nearly full"):
        run.store.receive(sandbox.pack(tree), tree)


def _everything(sandbox: Sandbox) -> list[str]:
    listed = run_git(sandbox.path, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    base = run_git(sandbox.run.store.path, "rev-list", "--objects", sandbox.run.store.base_commit)
    old = {line.split()[0] for line in base.decode().splitlines()}
    return [name for name in listed.decode().split() if name not in old]


def _inflated(size: int) -> bytes:
    """A pack with one delta that copies 64 KiB of noise again and again, up to `size` bytes."""
    step = 1 << 16
    noise = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(step // 32))
    copy_all = bytes([0x80 | 0x40, 0x01])  # from offset 0, 0x10000 bytes
    delta = _varint(step) + _varint(size) + copy_all * (size // step)
    name = hashlib.sha1(b"blob %d\0" % step + noise).digest()
    body = b"PACK" + struct.pack(">II", 2, 2)
    body += _head(3, step) + zlib.compress(noise) + _head(7, len(delta)) + name
    body += zlib.compress(delta)
    return body + hashlib.sha1(body).digest()


def _head(kind: int, size: int) -> bytes:
    first, rest = kind << 4 | size & 15, size >> 4
    return bytes([first | 0x80]) + _varint(rest) if rest else bytes([first])


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
