"""Files cross byte for byte, and a path never leads outside the workspace."""

import asyncio
import hashlib
import os

import pytest

from agentcli.sandbox.base import Sandbox, SandboxError
from tests.sandbox.conftest import Base

BLOBS = {
    "binary": bytes(range(256)) * 64,
    "crlf": b"one\r\ntwo\r\n",
    "no last line end": b"one",
    "empty": b"",
    "large": os.urandom(1 << 20),
}


@pytest.mark.parametrize("data", BLOBS.values(), ids=BLOBS)
async def test_what_is_written_is_read(box: Sandbox, data: bytes) -> None:
    await box.write("deep/er/file.dat", data)
    read = await box.read("deep/er/file.dat")
    assert (read.data, read.size) == (data, len(data))
    assert read.digest == hashlib.sha256(data).hexdigest()


async def test_a_read_has_a_limit_and_still_the_whole_digest(box: Sandbox) -> None:
    read = await box.read("bytes.bin", limit=10)
    assert (read.data, read.size) == (bytes(range(10)), 1024)
    assert read.digest == hashlib.sha256(bytes(range(256)) * 4).hexdigest()


async def test_the_mode_is_kept_unless_told_otherwise(box: Sandbox) -> None:
    await box.write("tool.sh", b"#!/bin/sh\necho two\n")
    assert (await box.read("tool.sh")).executable
    assert (await box.run("./tool.sh", timeout=10)).stdout == "two\n"
    await box.write("tool.sh", b"", executable=False)
    assert not (await box.read("tool.sh")).executable
    await box.write("new.sh", b"#!/bin/sh\n", executable=True)
    assert (await box.run("./new.sh", timeout=10)).exit_code == 0


async def test_the_digest_guards_a_write(box: Sandbox) -> None:
    seen = await box.read("README.md")
    await box.run("echo by a command >> README.md", timeout=10)
    with pytest.raises(SandboxError, match="changed since"):
        await box.write("README.md", b"mine", expect=seen.digest)
    with pytest.raises(SandboxError, match="exists already"):
        await box.write("README.md", b"mine", expect="")
    with pytest.raises(SandboxError, match="no longer exists"):
        await box.write("gone.md", b"mine", expect=seen.digest)
    now = await box.read("README.md")
    await box.write("README.md", b"mine", expect=now.digest)
    await box.write("fresh.md", b"mine", expect="")
    assert (await box.read("README.md")).data == (await box.read("fresh.md")).data == b"mine"


async def test_links_inside_the_workspace_are_followed(box: Sandbox) -> None:
    assert (await box.read("link.md")).data == b"hello\n"
    await box.run("ln -s ../README.md src/up; ln -s src d; ln -s $PWD/crlf.txt abs", timeout=10)
    assert (await box.read("d/up")).data == b"hello\n"
    assert (await box.read("abs")).data == b"one\r\ntwo\r\n"
    await box.write("link.md", b"through\n")
    assert (await box.read("README.md")).data == b"through\n"
    assert (await box.run("readlink link.md", timeout=10)).stdout == "README.md\n"


ESCAPES = ("out/passwd", "outfile", "updir/passwd", "../../etc/passwd", "/etc/passwd", "loop")


@pytest.mark.parametrize("path", ESCAPES)
async def test_paths_that_lead_outside_are_refused(cell: Sandbox, path: str) -> None:
    await cell.run(
        "ln -s /etc out; ln -s /etc/passwd outfile; ln -s ../etc updir; ln -s loop loop",
        timeout=10,
    )
    with pytest.raises(SandboxError, match=r"outside|too many links"):
        await cell.read(path)
    with pytest.raises(SandboxError, match=r"outside|too many links"):
        await cell.write(path, b"x")


async def test_what_is_no_regular_file_is_refused_at_once(box: Sandbox) -> None:
    await box.run("mkfifo pipe; rm -rf void; ln -s nothing broken", timeout=10)
    async with asyncio.timeout(5):
        for path, message in (
            ("pipe", "not a regular file"),
            ("src", "directory"),
            ("missing", "no such file"),
            ("missing/deeper", "no such file"),
            ("broken", "no such file"),
            ("README.md/deeper", "not a directory"),
            ("", "directory"),
        ):
            with pytest.raises(SandboxError, match=message):
                await box.read(path)
        with pytest.raises(SandboxError, match="not a regular file"):
            await box.write("pipe", b"x")


async def test_an_absolute_path_inside_the_workspace_will_do(box: Sandbox) -> None:
    root = (await box.run("pwd", timeout=10)).stdout.strip()
    assert (await box.read(f"{root}/README.md")).data == b"hello\n"


async def test_a_listing_leaves_out_what_git_ignores(box: Sandbox) -> None:
    await box.run("mkdir -p ignored/deep new; touch ignored/x new/y a.log", timeout=10)
    top = {entry.path: entry.kind for entry in await box.list()}
    assert top["link.md"] == "link"
    assert top["new"] == "dir"
    assert top["README.md"] == "file"
    assert not {"ignored", "a.log", ".git"} & set(top)
    deep = [entry.path for entry in await box.list(".", depth=2)]
    assert {"new/y", "src/app.py"} <= set(deep)
    assert deep == sorted(deep)
    assert [entry.path for entry in await box.list("src")] == ["src/app.py", "src/test_app.py"]
    with pytest.raises(SandboxError, match="no such"):
        await box.list("nowhere")


async def test_files_are_what_git_would_track(box: Sandbox, base: Base) -> None:
    await box.run("touch ignored a.log; mkdir d; printf hello > d/new; rm crlf.txt", timeout=10)
    files = await box.files()
    expected = {path: state.split()[1] for path, state in base.listing(base.tree).items()}
    del expected["crlf.txt"]
    expected["d/new"] = "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"
    expected["ignored"] = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"  # the rule names a folder
    assert files == expected


async def test_search_gives_the_first_hits_and_the_count(box: Sandbox) -> None:
    await box.write("many.txt", b"needle: here\n" * 300)
    await box.write("a.log", b"needle: ignored\n")
    hits, total = await box.search("needle: \\w+", limit=5)
    assert (len(hits), total) == (5, 300)
    assert (hits[1].path, hits[1].line, hits[1].text) == ("many.txt", 2, "needle: here")
    hits, total = await box.search("^def ", "src", glob="test_*.py")
    assert [(hit.path, hit.line) for hit in hits] == [("src/test_app.py", 3)]
    assert await box.search("no such thing") == ([], 0)
    with pytest.raises(SandboxError):
        await box.search("(unclosed")
    with pytest.raises(SandboxError, match="no such"):
        await box.search("x", "nowhere")
    with pytest.raises(SandboxError, match="outside"):
        await box.search("root", "../etc")
