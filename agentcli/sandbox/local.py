"""A toolbox as a child process of ours, in a private directory: bubblewrap and host share this."""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agentcli.errors import SandboxFault
from agentcli.sandbox import owner
from agentcli.sandbox.base import SandboxSpec
from agentcli.sandbox.box import About, ChannelSandbox, Dispose, Layout
from agentcli.sandbox.channel import Channel
from agentcli.sandbox.proxy import AllowListProxy, Rules
from agentcli.settings import state_dir

_OWNER_FILE = "owner"
_END_PATIENCE = 5.0  # seconds that a toolbox gets to kill what runs and end
_HALF_MADE = 3600.0  # seconds after which a directory without an owner is nobody's


@dataclass(frozen=True)
class Room:
    """A sandbox's own directory on the host."""

    path: Path

    @property
    def workspace(self) -> Path:
        return self.path / "workspace"

    @property
    def home(self) -> Path:
        return self.path / "home"

    @property
    def proxy(self) -> Path:
        return self.path / "proxy"


@dataclass(frozen=True)
class Launch:
    """How to start a toolbox: its command line, its whole environment, what it then sees."""

    command: Sequence[str]
    env: Mapping[str, str]
    layout: Layout
    limits: Mapping[str, int]  # name of a resource limit, as in RLIMIT_name → value


def remove_room(room: Room) -> None:
    """Delete a directory and all in it."""
    _remove(room.path)


def make_room() -> Room:
    """A fresh directory, marked as ours."""
    parent = _parent()
    try:
        parent.mkdir(parents=True, exist_ok=True)
        room = Room(Path(tempfile.mkdtemp(dir=parent)))
        (room.path / _OWNER_FILE).write_text(owner.myself())
        room.workspace.mkdir()
        room.home.mkdir()
        room.proxy.mkdir()
        room.proxy.chmod(0o755)  # a container's user must see the socket in it
    except OSError as error:
        raise SandboxFault(
            f"No directory can be made in {parent}: {error.strerror}.", "Check space and rights."
        ) from error
    return room


async def open_local(room: Room, spec: SandboxSpec, launch: Launch, about: About) -> ChannelSandbox:
    """Start the toolbox and fill the workspace. Removes the room if that fails."""
    process: asyncio.subprocess.Process | None = None
    proxy = AllowListProxy(Rules(spec.network_allow))

    async def dispose() -> None:
        await proxy.close()
        await _dispose(process, room)

    try:
        if launch.layout.proxy is not None:
            await proxy.start(room.proxy)
        process = await asyncio.create_subprocess_exec(
            *launch.command,
            env=dict(launch.env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us alone
        )
        return await _connect(process, dispose, spec, launch, about)
    except BaseException as error:
        await asyncio.shield(dispose())
        if isinstance(error, OSError):
            raise SandboxFault(f"The sandbox does not start: {error}.") from error
        raise


async def sweep_rooms() -> int:
    """Remove the directories of dead owners. Returns how many."""
    return await asyncio.to_thread(_sweep)


async def _connect(
    process: asyncio.subprocess.Process,
    dispose: Dispose,
    spec: SandboxSpec,
    launch: Launch,
    about: About,
) -> ChannelSandbox:
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    assert stdin is not None and stdout is not None and stderr is not None

    async def explain() -> str:
        try:
            said = await asyncio.wait_for(stderr.read(4096), 1)
        except TimeoutError:
            return ""
        return said.decode(errors="replace").strip()

    sandbox = ChannelSandbox(Channel(stdout, stdin, explain), about, dispose)
    await sandbox.start(spec, launch.layout, launch.limits)
    return sandbox


async def _dispose(process: asyncio.subprocess.Process | None, room: Room) -> None:
    if process is not None and process.returncode is None:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _END_PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()
    await asyncio.to_thread(_remove, room.path)


def _parent() -> Path:
    return state_dir() / "sandboxes"


def _sweep() -> int:
    removed = 0
    is_dead = cache(owner.is_dead)  # hundreds of rooms may be of one process
    for path in _parent().glob("*"):
        try:
            dead = is_dead((path / _OWNER_FILE).read_text())
        except FileNotFoundError:
            dead = _age(path) > _HALF_MADE
        if dead:
            removed += _remove(path)
    return removed


def _age(path: Path) -> float:
    """Seconds since something changed in a directory; 0 when another sweep has just taken it."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _remove(path: Path) -> bool:
    """Delete a tree; returns whether it is gone.

    By the system's own rm, for a command may have nested folders deeper than Python can follow.
    One that took the rights from its folders gets them back first.
    """
    _quietly("rm", "-rf", "--", str(path))
    if path.exists():
        _quietly("chmod", "-R", "u+rwX", "--", str(path))
        _quietly("rm", "-rf", "--", str(path))
    return not path.exists()


def _quietly(*command: str) -> None:
    subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
