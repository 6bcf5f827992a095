"""The allow-list: the only way out of a sandbox whose network is closed.

An HTTP proxy on a Unix socket that is mounted into the sandbox; the toolbox listens for it on
127.0.0.1 there. Names are resolved here, and the connection goes to the address that was
checked, so a name can't point to the host's own network. What it can't see: which site an
allowed server serves inside an encrypted connection.
"""

import asyncio
import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_HEAD_LIMIT = 64 * 1024  # bytes of a request's head
_PATIENCE = 20.0  # seconds to send a head, to resolve a name, to connect
_CHUNK = 64 * 1024
_WEB = frozenset({80, 443})
_HOP_HEADERS = ("connection", "proxy-connection", "proxy-authorization", "keep-alive", "host")
_MOST = 64  # connections at once; each takes two of our descriptors
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291, section 2.4
SOCKET_NAME = "proxy"


class Refused(Exception):
    """Why a connection is not made; the text goes to the command."""


@dataclass(frozen=True)
class Rules:
    """Who may be reached: exact host names, or `.suffix` for a domain and all below it."""

    hosts: Sequence[str]
    ports: frozenset[int] = _WEB
    private: bool = False  # whether addresses of private networks may be reached

    def check(self, host: str, port: int) -> None:
        """Raise Refused unless a connection may be tried."""
        name = host.lower().rstrip(".")
        if not any(_matches(name, rule.lower()) for rule in self.hosts):
            raise Refused(f"{host} is not in network_allow")
        if port not in self.ports:
            raise Refused(f"port {port} is not open, only 80 and 443")

    def usable(self, address: str) -> bool:
        """Whether an address that a name resolved to may be connected to."""
        return self.private or _is_public(address)


class AllowListProxy:
    """A running proxy. Close it."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, folder: Path) -> None:
        """Listen on the socket `proxy` in a folder, for every user."""
        bound = _bind(folder)
        self._server = await asyncio.start_unix_server(self._accept, sock=bound, limit=_HEAD_LIMIT)

    async def close(self) -> None:
        """Stop listening and cut what is open. Safe to call twice."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= _MOST:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # the command or the server hung up
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_PATIENCE):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        try:
            request = _Request.parse(head)
            self._rules.check(request.host, request.port)
            upstream = await self._connect(request.host, request.port)
        except Refused as refusal:
            writer.write(_refusal(str(refusal)))
            await writer.drain()
            return
        try:
            if request.forward is None:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream[1].write(request.forward)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pipe(reader, upstream[1]))
                both.create_task(_pipe(upstream[0], writer))
        except* OSError:
            upstream[1].close()  # either end hung up in the middle
        finally:
            upstream[1].close()

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError):
            raise Refused(f"{host} has no address") from None
        addresses = [str(entry[4][0]) for entry in found]
        usable = [address for address in addresses if self._rules.usable(address)]
        if not usable:
            raise Refused(f"{host} is in a private network")
        for address in usable:
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await asyncio.open_connection(address, port)
            except (OSError, TimeoutError):
                continue
        raise Refused(f"{host} does not answer on port {port}")


@dataclass(frozen=True)
class _Request:
    """Where a request wants to go; `forward` is its head for the server, None for CONNECT."""

    host: str
    port: int
    forward: bytes | None

    @staticmethod
    def parse(head: str) -> "_Request":
        lines = head.split("\r\n")
        if any(line.startswith((" ", "\t")) or "\n" in line or "\r" in line for line in lines):
            raise Refused("the request makes no sense")  # or a header could hide from us in it
        try:
            method, target, version = lines[0].split(" ")
            url = urlsplit(f"//{target}" if method == "CONNECT" else target)
            port = url.port or 80
        except ValueError:
            raise Refused("the request makes no sense") from None
        if not url.hostname or not version.startswith("HTTP/1."):
            raise Refused("the request makes no sense")
        if method == "CONNECT":
            return _Request(url.hostname, port, None)
        if url.scheme != "http":
            raise Refused(f"{url.scheme}: is not forwarded")
        kept = [
            line for line in lines[1:] if line.partition(":")[0].strip().lower() not in _HOP_HEADERS
        ]
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        host = url.netloc.rpartition("@")[2]
        rewritten = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *kept]
        return _Request(url.hostname, port, "\r\n".join(rewritten).encode("latin-1"))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def _bind(folder: Path) -> socket.socket:
    # Through the folder's descriptor, for a socket's path may hold only about 100 characters.
    listener = socket.socket(socket.AF_UNIX)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        listener.bind(f"/proc/self/fd/{descriptor}/{SOCKET_NAME}")
    finally:
        os.close(descriptor)
    (folder / SOCKET_NAME).chmod(0o666)
    return listener


def _matches(name: str, rule: str) -> bool:
    if rule.startswith("."):
        return name == rule[1:] or name.endswith(rule)
    return name == rule


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return _is_public(str(ip.ipv4_mapped))
        # Not in there are the other ways to write an IPv4 address in IPv6, which a router on the
        # way may translate; these two are.
        if ip not in _GLOBAL_UNICAST or ip.sixtofour or ip.teredo:
            return False
    return ip.is_global and not ip.is_multicast


def _refusal(reason: str) -> bytes:
    body = f"agentcli: {reason}.\n".encode()
    head = f"HTTP/1.1 403 {reason}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}"
    return f"{head}\r\nConnection: close\r\n\r\n".encode("latin-1", "replace") + body
