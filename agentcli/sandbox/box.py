"""A sandbox as seen through the toolbox's channel; the same for every back-end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentcli.errors import SandboxFault
from agentcli.sandbox.base import (
    CommandResult,
    Entry,
    FileData,
    SandboxError,
    SandboxSpec,
    SearchHit,
    TreePack,
)
from agentcli.sandbox.channel import KILL_GRACE, Channel
from agentcli.sandbox.proxy import SOCKET_NAME

_QUICK = 60.0  # seconds for what touches one file or looks around
_GIT = 600.0  # seconds for what walks or rewrites the whole workspace

PROXY_FOLDER = "/agentcli-proxy"  # where a sandbox sees the allow-list proxy's socket
PROXY_SOCKET = f"{PROXY_FOLDER}/{SOCKET_NAME}"

Dispose = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Layout:
    """Where things are inside the sandbox (absolute paths)."""

    workspace: str = "/workspace"
    home: str = "/home/agent"
    objects: str = "/agentcli-objects"
    proxy: str | None = None  # the allow-list proxy's socket


@dataclass(frozen=True)
class About:
    """What a sandbox is, for people: back-end, one line on its isolation, image."""

    backend: str
    isolation: str
    image: str | None = None


def proxied(spec: SandboxSpec) -> bool:
    """Whether commands get out through the allow-list proxy."""
    return bool(spec.network_allow) and not spec.network


def describe_network(spec: SandboxSpec) -> str:
    """The state of the network, for people."""
    if spec.network:
        return "open network"
    return f"network only to {', '.join(spec.network_allow)}" if proxied(spec) else "no network"


class ChannelSandbox:
    """Implements `Sandbox` by asking the toolbox. `dispose` removes all that the back-end made."""

    def __init__(self, channel: Channel, about: About, dispose: Dispose) -> None:
        self.backend = about.backend
        self.isolation = about.isolation
        self.image = about.image
        self._channel = channel
        self._dispose = dispose
        self._closed = False

    async def ping(self) -> None:
        """A round trip that does nothing."""
        await self._channel.call("ping", {}, timeout=_QUICK)

    async def start(
        self, spec: SandboxSpec, layout: Layout, limits: Mapping[str, int] | None = None
    ) -> None:
        """Fill the workspace. Called once, by the back-end, before the sandbox is handed out.

        `limits` are resource limits (RLIMIT_…) for a back-end that has no better ones.
        """
        fields = {
            "workspace": layout.workspace,
            "home": layout.home,
            "objects": layout.objects,
            "shallow": list(spec.shallow),
            "commit": spec.commit,
            "tree": spec.tree,
            "proxy": layout.proxy,
            "disk_mb": spec.disk_mb,
            "limits": dict(limits or {}),
            "env": dict(spec.env),
        }
        try:
            await self._channel.call("open", fields, spec.pack, timeout=_GIT)
        except SandboxError as error:
            raise SandboxFault(f"The workspace can't be made: {error}") from error

    async def run(
        self, command: str, *, timeout: float, cwd: str = ".", env: Mapping[str, str] | None = None
    ) -> CommandResult:
        result, _ = await self._channel.call(
            "run",
            {"command": command, "timeout": timeout, "cwd": cwd, "env": dict(env or {})},
            timeout=timeout + KILL_GRACE + _QUICK,
        )
        notes = tuple(result.pop("notes"))
        return CommandResult(**result, notes=notes)

    async def read(self, path: str, limit: int = 2_000_000) -> FileData:
        result, data = await self._quick("read", path=path, limit=limit)
        return FileData(data, **result)

    async def write(
        self, path: str, data: bytes, *, expect: str | None = None, executable: bool | None = None
    ) -> None:
        fields = {"path": path, "expect": expect, "executable": executable}
        await self._channel.call("write", fields, data, timeout=_QUICK)

    async def list(self, path: str = ".", depth: int = 1) -> Sequence[Entry]:
        result, _ = await self._quick("list", path=path, depth=depth)
        return [Entry(**entry) for entry in result["entries"]]

    async def files(self) -> Mapping[str, str]:
        result, _ = await self._channel.call("files", {}, timeout=_GIT)
        files: dict[str, str] = result["files"]
        return files

    async def search(
        self, pattern: str, path: str = ".", *, glob: str | None = None, limit: int = 200
    ) -> tuple[Sequence[SearchHit], int]:
        result, _ = await self._quick("search", pattern=pattern, path=path, glob=glob, limit=limit)
        return [SearchHit(**hit) for hit in result["hits"]], result["total"]

    async def checkpoint(self, since: str) -> TreePack | None:
        result, pack = await self._channel.call("checkpoint", {"since": since}, timeout=_GIT)
        if result["tree"] == since:
            return None
        return TreePack(result["tree"], pack, tuple(result["notes"]))

    async def restore(self, tree: str, pack: bytes = b"") -> None:
        await self._channel.call("restore", {"tree": tree}, pack, timeout=_GIT)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._channel.close()
        await self._dispose()

    async def _quick(self, op: str, **fields: Any) -> tuple[dict[str, Any], bytes]:
        return await self._channel.call(op, fields, timeout=_QUICK)
