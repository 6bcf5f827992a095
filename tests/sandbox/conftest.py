"""Real back-ends over one small repository that holds every awkward kind of file."""

import asyncio
import subprocess
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from agentcli.errors import SandboxFault
from agentcli.sandbox import image
from agentcli.sandbox.base import Sandbox, SandboxSpec
from agentcli.sandbox.bubblewrap import BubblewrapBackend
from agentcli.sandbox.docker import DockerBackend
from agentcli.sandbox.engine import connect
from agentcli.sandbox.host import HostBackend

DOCKER = pytest.param("docker", marks=pytest.mark.docker)
ALL = (DOCKER, "bubblewrap", "host")
ISOLATED = (DOCKER, "bubblewrap")

Opener = Callable[..., Awaitable[Sandbox]]


@dataclass(frozen=True)
class Base:
    """A repository on the host with one commit."""

    path: Path
    commit: str
    tree: str

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = ["git", "-C", str(self.path), "-c", "user.name=t", "-c", "user.email=t@t"]
        return subprocess.run(
            [*command, *arguments], input=stdin, capture_output=True, check=True
        ).stdout

    def take(self, pack: bytes) -> None:
        """Store a checkpoint's pack, as the host's run repository does."""
        self.git("index-pack", "--strict", "--fix-thin", "--stdin", stdin=pack)

    def listing(self, tree: str) -> dict[str, str]:
        """path → "mode id" of every file in a tree."""
        lines = self.git("ls-tree", "-r", "-z", tree).decode().split("\0")
        found = {}
        for line in filter(None, lines):
            state, _, path = line.partition("\t")
            mode, _, blob = state.split()
            found[path] = f"{mode} {blob}"
        return found

    def spec(self, **changes: Any) -> SandboxSpec:
        plain = SandboxSpec(
            owner=f"t{uuid.uuid4().hex[:10]}",
            name="1",
            objects=self.path / ".git/objects",
            shallow=(),
            commit=self.commit,
            tree=self.tree,
            memory_mb=512,
            pids=128,
            disk_mb=512,
        )
        return replace(plain, **changes)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    path = tmp_path_factory.mktemp("base")
    path.chmod(0o755)
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    files = {
        "README.md": b"hello\n",
        "crlf.txt": b"one\r\ntwo\r\n",
        "mixed.txt": b"one\r\ntwo\nthree\r",
        "bytes.bin": bytes(range(256)) * 4,
        "src/app.py": b"def add(a, b):\n    return a + b\n",
        "src/test_app.py": b"from app import add\n\ndef test_add():\n    assert add(1, 2) == 3\n",
        ".gitignore": b"ignored/\n*.log\n",
        "tool.sh": b"#!/bin/sh\necho tool\n",
        "naïve name.txt": b"x\n",
    }
    for name, data in files.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(data)
    (path / "tool.sh").chmod(0o755)
    (path / "link.md").symlink_to("README.md")
    made = Base(path, "", "")
    made.git("add", "-A")
    # Added after the others, so that the blobs above are byte for byte what was written.
    (path / ".gitattributes").write_bytes(b"*.txt text eol=crlf\n*.md ident filter=evil\n")
    made.git("add", ".gitattributes")
    made.git("commit", "-qm", "base")
    commit = made.git("rev-parse", "HEAD").decode().strip()
    tree = made.git("rev-parse", "HEAD^{tree}").decode().strip()
    return Base(path, commit, tree)


@pytest.fixture(scope="session")
def sandbox_image() -> str:
    """The image, made if need be. Skips where no engine answers."""
    with ThreadPoolExecutor(1) as apart:  # a test's own loop may run in this thread
        try:
            return apart.submit(asyncio.run, image.build(lambda line: None)).result()
        except SandboxFault as fault:
            pytest.skip(str(fault))


@pytest.fixture(autouse=True)
def private_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sandboxes' directories of a test are its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state/agentcli/sandboxes"


@pytest.fixture
async def opener(base: Base, request: pytest.FixtureRequest) -> AsyncIterator[Opener]:
    """Open a sandbox of a named back-end; all are closed after the test."""
    backends = {"docker": DockerBackend, "bubblewrap": BubblewrapBackend, "host": HostBackend}
    async with AsyncExitStack() as stack:

        async def open_one(name: str, **changes: Any) -> Sandbox:
            if name == "docker":
                request.getfixturevalue("sandbox_image")
            backend = backends[name]()
            if missing := await backend.available():
                pytest.skip(missing)
            sandbox = await backend.open(base.spec(**changes))
            stack.push_async_callback(sandbox.close)
            return sandbox

        yield open_one


@pytest.fixture
def containers() -> Iterator[Callable[[str], list[str]]]:
    """The engine's containers and volumes of a run."""
    api = connect()

    def of(run: str) -> list[str]:
        label = {"label": f"agentcli.run={run}"}
        found = [container["Id"] for container in api.containers(all=True, filters=label)]
        return found + [volume["Name"] for volume in api.volumes(filters=label)["Volumes"] or []]

    yield of
    api.close()


@pytest.fixture(params=ALL)
async def box(request: pytest.FixtureRequest, opener: Opener) -> Sandbox:
    """A sandbox of each back-end in turn."""
    return await opener(request.param)


@pytest.fixture(params=ISOLATED)
async def cell(request: pytest.FixtureRequest, opener: Opener) -> Sandbox:
    """A sandbox of each back-end that isolates."""
    return await opener(request.param)


@pytest.fixture
def own_images(sandbox_image: str) -> Iterator[Callable[[str], str]]:
    """Images of a person's own: ours after a command as root. Removed after the test."""
    api = connect()
    made: list[str] = []

    def make(command: str) -> str:
        tag = f"agentcli-test-{uuid.uuid4().hex[:10]}"
        arguments = ["sh", "-c", command]
        container = api.create_container(
            sandbox_image, arguments, user="root", working_dir="/", labels={"agentcli.test": "1"}
        )["Id"]
        api.start(container)
        api.wait(container)
        api.commit(container, tag, conf={"User": "root", "WorkingDir": "/"})
        api.remove_container(container, v=True)
        made.append(tag)
        return tag

    yield make
    for tag in made:
        api.remove_image(tag, force=True)
    api.close()
