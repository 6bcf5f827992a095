"""The Docker back-end: one container per workspace, the toolbox as its first process."""

import asyncio
import io
import os
import socket
import stat
import struct
import tarfile
from functools import cache
from typing import Any

from agentcli.errors import SandboxFault
from agentcli.resources import resource_dir
from agentcli.sandbox import image, owner
from agentcli.sandbox.base import SandboxSpec
from agentcli.sandbox.box import About, ChannelSandbox, Layout
from agentcli.sandbox.channel import Channel
from agentcli.sandbox.engine import connect, engine_errors

RUN_LABEL = "agentcli.run"
OWNER_LABEL = "agentcli.owner"
_TOOLBOX = "/agentcli-toolbox"
_VOLUME = "/agentcli"
_OURS = Layout()  # its folders are in our image, so their volumes belong to our user
_THEIRS = Layout(f"{_VOLUME}/workspace", f"{_VOLUME}/home")  # for images of the person's own
_USER = "1000:1000"  # fixed: files leave only as packs, so it need not be the person's own


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

    async def sweep(self) -> int:
        api = await asyncio.to_thread(connect)
        try:
            return await asyncio.to_thread(_sweep, api)
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

    async def open(self) -> ChannelSandbox:
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
            await sandbox.start(self._spec, _layout(self._spec))
        except BaseException as error:
            channel.close()
            if isinstance(error, SandboxFault) and not error.fix.startswith(_NEEDS):
                raise SandboxFault(error.message, _NEEDS) from error
            raise
        return sandbox

    async def remove(self) -> None:
        """Remove the container with its volumes, also one whose creation is still under way."""
        if self._creation is None:
            return
        try:
            container = await self._creation
            await asyncio.to_thread(_remove, self._api, container)
        except SandboxFault:
            return  # it was never made
        finally:
            self._api.close()

    def _create(self) -> str:
        _check_readable(self._spec)
        with engine_errors(f"Image {self._tag} can't be used", f"Try `docker pull {self._tag}`."):
            made = self._api.create_container(**_request(self._api, self._spec, self._tag))
        return str(made["Id"])

    def _make_folders(self) -> None:
        """Make folders of our user in the volume, also before the first start."""
        with engine_errors("The workspace can't be prepared"):
            self._api.put_archive(self._id, _VOLUME, _owned_folders("workspace", "home"))

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
        network = "open network" if spec.network else "no network"
        limits = f"{spec.memory_mb} MiB, {spec.cpus:g} CPUs, {spec.pids} processes"
        line = f"Docker container: {network}, read-only root, no capabilities, {limits}"
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


def _request(api: Any, spec: SandboxSpec, tag: str) -> dict[str, Any]:
    """The engine's request for a locked-down container."""
    labels = {RUN_LABEL: spec.owner, OWNER_LABEL: owner.myself()}
    memory = spec.memory_mb << 20
    layout = _layout(spec)
    volumes = (layout.workspace, layout.home) if layout is _OURS else (_VOLUME,)
    host_config = api.create_host_config(
        binds=[
            f"{resource_dir('sandbox') / 'toolbox'}:{_TOOLBOX}:ro",
            f"{spec.objects.resolve()}:{layout.objects}:ro",
        ],
        mounts=[_volume(path, labels) for path in volumes],
        # Pages of a tmpfs count as memory and can't be freed by killing a process.
        tmpfs={"/tmp": f"rw,exec,nosuid,nodev,mode=1777,size={memory // 4}"},
        network_mode="bridge" if spec.network else "none",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true", f"seccomp={_seccomp()}"],
        pids_limit=spec.pids,
        mem_limit=memory,
        memswap_limit=memory,
        nano_cpus=int(spec.cpus * 1e9),
        log_config={"Type": "none"},
        init=False,
    )
    return {
        "image": tag,
        "entrypoint": ["python3", "-I", "-S", _TOOLBOX],
        "command": [],
        "user": _USER,
        "working_dir": "/",
        "hostname": "sandbox",
        "stdin_open": True,
        "tty": False,
        "labels": {**labels, "agentcli.agent": spec.name},
        "host_config": host_config,
    }


def _volume(target: str, labels: dict[str, str]) -> Any:
    from docker.types import Mount

    return Mount(target=target, source=None, type="volume", labels=labels)


def _layout(spec: SandboxSpec) -> Layout:
    return _OURS if spec.image is None else _THEIRS


def _owned_folders(*names: str) -> bytes:
    """A tar archive of empty folders that belong to our user."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in names:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            folder.uid = folder.gid = int(_USER.partition(":")[0])
            archive.addfile(folder)
    return packed.getvalue()


def _check_readable(spec: SandboxSpec) -> None:
    """The container's user is another than ours, so what it reads must be open to everybody."""
    toolbox = resource_dir("sandbox") / "toolbox"
    samples = [toolbox, toolbox / "__main__.py", spec.objects]
    samples += list(spec.objects.glob("pack/*"))[:1]
    for path in samples:
        if not path.stat().st_mode & stat.S_IROTH:
            raise SandboxFault(
                f"{path} can't be read by the container's user.", f"Run `chmod -R o+rX {path}`."
            )


@cache
def _seccomp() -> str:
    return (resource_dir("sandbox") / "seccomp.json").read_text()


def _state(api: Any, container: str | None) -> str:
    with engine_errors("The container can't be inspected"):
        state = api.inspect_container(container)["State"]
    if state["Running"]:
        return "the container still runs"
    memory = ", out of memory" if state.get("OOMKilled") else ""
    return f"the container ended with exit code {state['ExitCode']}{memory}"


def _remove(api: Any, container: str) -> None:
    from docker.errors import NotFound

    try:
        api.remove_container(container, v=True, force=True)
    except NotFound:
        return


def _sweep(api: Any) -> int:
    found = {"label": OWNER_LABEL}
    removed = 0
    for container in api.containers(all=True, filters=found):
        if owner.is_dead(container["Labels"][OWNER_LABEL]):
            _remove(api, container["Id"])
            removed += 1
    volumes = api.volumes(filters={**found, "dangling": True})["Volumes"] or []
    for volume in volumes:
        if owner.is_dead(volume["Labels"][OWNER_LABEL]):
            api.remove_volume(volume["Name"], force=True)
    return removed
