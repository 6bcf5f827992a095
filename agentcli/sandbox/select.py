"""Choose a back-end by name, and clean up behind all of them."""

from typing import Literal

from agentcli.errors import SandboxFault
from agentcli.sandbox import owner
from agentcli.sandbox.base import Backend
from agentcli.sandbox.bubblewrap import BubblewrapBackend
from agentcli.sandbox.docker import DockerBackend
from agentcli.sandbox.host import HostBackend

Name = Literal["auto", "docker", "bubblewrap", "host"]

_BACKENDS: dict[str, type[Backend]] = {
    backend.name: backend for backend in (DockerBackend, BubblewrapBackend, HostBackend)
}


async def choose(name: Name) -> Backend:
    """The back-end of that name; `auto` is docker, else bubblewrap, never host.

    Raises SandboxFault with what is missing and the fix when it does not work here.
    """
    if name != "auto":
        backend = _BACKENDS[name]()
        if missing := await backend.available():
            raise SandboxFault(missing)
        return backend
    complaints = []
    for backend in (DockerBackend(), BubblewrapBackend()):
        missing = await backend.available()
        if missing is None:
            return backend
        complaints.append(missing)
    raise SandboxFault(
        "No sandbox works here. " + " ".join(complaints),
        "`--sandbox host` runs without isolation.",
    )


async def remove_own() -> int:
    """Remove this process's containers at once: for a process that is about to exit.

    Processes of the other back-ends die with it, and the next sweep takes their folders.
    """
    docker = DockerBackend()
    if await docker.available() is not None:
        return 0
    me = owner.myself()
    return await docker.sweep(lambda label: label == me)


async def sweep_all() -> int:
    """Remove what dead owners left in any back-end that works here. Returns how many."""
    removed = await HostBackend().sweep()  # the same directories as bubblewrap's
    docker = DockerBackend()
    if await docker.available() is None:
        removed += await docker.sweep()
    return removed
