"""The Docker back-end: one container per workspace, the toolbox as its first process."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from agentcli.errors import SandboxFault
from agentcli.sandbox import image, owner
from agentcli.sandbox.base import SandboxSpec
from agentcli.sandbox.box import About, ChannelSandbox, describe_network, proxied
from agentcli.sandbox.channel import Channel
from agentcli.sandbox.engine import connect, engine_errors
from agentcli.sandbox.local import Room, make_room, remove_room
from agentcli.sandbox.lockdown import (
    OWNER_LABEL,
    VOLUME,
    check_readable,
    layout,
    owned_folders,
    request,
)
from agentcli.sandbox.proxy import AllowListProxy, Rules

Gone = Callable[[str], bool]  # whether what this owner left may be removed


class DockerBackend:
    """Containers of the engine that `DOCKER_HOST` names, else of the local one."""

    name = "docker"

    async def available(self) -> str | None:
        try:
            api = await asyncio.to_thread(connect)
        except SandboxFault as fault:
            return str(fault)
        api.close()
        return None

    async def open(self, spec: SandboxSpec) -> ChannelSandbox:
        tag = spec.image or await image.find()
        if tag is None:
            raise SandboxFault("The sandbox image is not built.", "Run `agentcli sandbox build`.")
        api = await asyncio.to_thread(connect)
        container = _Container(api, spec, tag)
        try:
            return await container.open()
        except BaseException:
            await asyncio.shield(container.remove())
            raise

    async def sweep(self, gone: Gone = owner.is_dead) -> int:
        api = await asyncio.to_thread(connect)
        try:
            return await asyncio.to_thread(_sweep, api, gone)
        finally:
            api.close()


class _Container:
    """One container from creation to removal."""

    def __init__(self, api: Any, spec: SandboxSpec, tag: str) -> None:
        self._api = api
        self._spec = spec
        self._tag = tag
        self._id: str | None = None
        self._creation: asyncio.Future[str] | None = None
        self._output: Demultiplexer | None = None
        self._proxy = AllowListProxy(Rules(spec.network_allow))
        self._room: Room | None = None  # holds the proxy's socket, if there is one

    async def open(self) -> ChannelSandbox:
        if proxied(self._spec):
            self._room = make_room()
            await self._proxy.start(self._room.proxy)
        self._creation = asyncio.ensure_future(asyncio.to_thread(self._create))
        self._id = await asyncio.shield(self._creation)
        if self._spec.image is not None:
            await asyncio.to_thread(self._make_folders)
        raw = await asyncio.to_thread(self._attach)
        reader, writer = await asyncio.open_connection(sock=raw)
        self._output = Demultiplexer(reader)
        channel = Channel(self._output, writer, self._explain)
        sandbox = ChannelSandbox(channel, self._about(), self.remove)
        try:
            await asyncio.to_thread(self._start)
            await sandbox.start(self._spec, layout(self._spec))
        except BaseException as error:
            channel.close()
            if isinstance(error, SandboxFault) and not error.fix.startswith(_NEEDS):
                raise SandboxFault(error.message, _NEEDS) from error
            raise
        return sandbox

    async def remove(self) -> None:
        """Remove the container with its volumes, also one whose creation is still under way."""
        try:
            if self._creation is not None:
                container = await self._creation
                await asyncio.to_thread(_remove, self._api, container)
        except SandboxFault:
            return  # it was never made
        finally:
            await self._proxy.close()
            if self._room is not None:
                remove_room(self._room)
            self._api.close()

    def _create(self) -> str:
        check_readable(self._spec)
        with engine_errors(f"Image {self._tag} can't be used", f"Try `docker pull {self._tag}`."):
            made = self._api.create_container(
                **request(self._api, self._spec, self._tag, self._room)
            )
        return str(made["Id"])

    def _make_folders(self) -> None:
        """Make folders of our user in the volume, also before the first start."""
        with engine_errors("The workspace can't be prepared"):
            self._api.put_archive(self._id, VOLUME, owned_folders("workspace", "home"))

    def _attach(self) -> socket.socket:
        streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        with engine_errors("The container can't be attached to"):
            attached = self._api.attach_socket(self._id, params=streams)
        raw = getattr(attached, "_sock", attached)
        channel = socket.socket(fileno=os.dup(raw.fileno()))
        attached.close()
        channel.setblocking(False)
        return channel

    def _start(self) -> None:
        with engine_errors(f"A container of {self._tag} does not start", _NEEDS):
            self._api.start(self._id)

    def _about(self) -> About:
        spec = self._spec
        limits = f"{spec.memory_mb} MiB, {spec.cpus:g} CPUs, {spec.pids} processes"
        line = (
            f"Docker container: {describe_network(spec)}, read-only root, no capabilities, {limits}"
        )
        return About("docker", line, self._tag)

    async def _explain(self) -> str:
        said = self._output.errors.decode(errors="replace").strip() if self._output else ""
        state = await asyncio.to_thread(_state, self._api, self._id)
        return "; ".join(part for part in (state, said[-500:]) if part)


_NEEDS = "A sandbox image needs python3 (3.9 or newer), bash and git on its PATH."


class Demultiplexer:
    """Reads the engine's stream of 8-byte headed pieces as the plain bytes of stdout.

    What comes on stderr (the toolbox writes there only when it dies) is kept in `errors`.
    """

    _HEADER = struct.Struct(">BxxxI")
    _STDOUT = 1

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._buffer = bytearray()
        self.errors = bytearray()

    async def readexactly(self, n: int, /) -> bytes:
        while len(self._buffer) < n:
            stream, size = self._HEADER.unpack(await self._reader.readexactly(self._HEADER.size))
            piece = await self._reader.readexactly(size)
            if stream == self._STDOUT:
                self._buffer += piece
            else:
                self.errors += piece[:4096]
        taken = bytes(self._buffer[:n])
        del self._buffer[:n]
        return taken


def _state(api: Any, container: str | None) -> str:
    with engine_errors("The container can't be inspected"):
        state = api.inspect_container(container)["State"]
    if state["Running"]:
        return "the container still runs"
    memory = ", out of memory" if state.get("OOMKilled") else ""
    return f"the container ended with exit code {state['ExitCode']}{memory}"


def _remove(api: Any, container: str) -> None:
    with _gone_or_going():
        api.remove_container(container, v=True, force=True)


@contextmanager
def _gone_or_going() -> Iterator[None]:
    """What another process has removed, or is removing right now, needs no removing."""
    from docker.errors import APIError, NotFound

    try:
        yield
    except NotFound:
        return
    except APIError as error:
        if error.status_code != HTTPStatus.CONFLICT or "in progress" not in str(error):
            raise


def _sweep(api: Any, gone: Gone) -> int:
    found = {"label": OWNER_LABEL}
    removed = 0
    for container in api.containers(all=True, filters=found):
        if gone(container["Labels"][OWNER_LABEL]):
            _remove(api, container["Id"])
            removed += 1
    volumes = api.volumes(filters={**found, "dangling": True})["Volumes"] or []
    for volume in volumes:
        if gone(volume["Labels"][OWNER_LABEL]):
            with _gone_or_going():
                api.remove_volume(volume["Name"], force=True)
    return removed
