"""The host's end of the toolbox's channel: one request at a time, none waits for ever.

Framing as in `sandbox/toolbox/wire.py`: two big-endian uint32 (JSON length, blob length), JSON,
blob. Whatever breaks the channel (end of file, a frame that makes no sense, silence) becomes a
SandboxFault, and the channel stays broken.
"""

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from agentcli.errors import SandboxFault
from agentcli.sandbox.base import SandboxError

_HEADER = struct.Struct(">II")
_MAX_JSON = 256 << 20  # bytes; the commands inside are not trusted, the toolbox hardly more
_MAX_BLOB = 2 << 30
KILL_GRACE = 10.0  # seconds that the toolbox gets to kill a command and answer

Explain = Callable[[], Awaitable[str]]
Reply = tuple[dict[str, Any], bytes]  # fields and blob


class ByteReader(Protocol):
    """What the channel needs of a reader (asyncio.StreamReader has it)."""

    async def readexactly(self, n: int, /) -> bytes:
        """Exactly `n` bytes, else asyncio.IncompleteReadError."""


class ByteWriter(Protocol):
    """What the channel needs of a writer (asyncio.StreamWriter has it)."""

    def write(self, data: bytes, /) -> None:
        """Queue bytes."""

    async def drain(self) -> None:
        """Wait until there is room for more."""

    def close(self) -> None:
        """Hang up."""


class Channel:
    """Requests and replies over a reader and a writer.

    `explain` is asked once, when the channel broke, for what the back-end knows about it.
    """

    def __init__(self, reader: ByteReader, writer: ByteWriter, explain: Explain) -> None:
        self._reader = reader
        self._writer = writer
        self._explain = explain
        self._next_id = 1
        self._turn = asyncio.Lock()
        self._waiting: tuple[int, asyncio.Future[Reply]] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._broken: str | None = None

    async def call(
        self, op: str, fields: dict[str, Any], blob: bytes = b"", *, timeout: float
    ) -> Reply:
        """Ask and wait for the answer: its fields and blob.

        Raises SandboxError when the toolbox refused, SandboxFault when no answer came within
        `timeout` seconds or the channel broke. When the caller is cancelled the toolbox is told,
        and given KILL_GRACE seconds to be done with it.
        """
        async with self._turn:
            if self._broken is not None:
                raise _fault(self._broken)
            number, self._next_id = self._next_id, self._next_id + 1
            reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            self._waiting = number, reply
            if self._listener is None:
                self._listener = asyncio.create_task(self._listen())
            try:
                async with asyncio.timeout(timeout):
                    await self._send({**fields, "id": number, "op": op}, blob)
                    answer, data = await asyncio.shield(reply)
            except asyncio.CancelledError:
                await self._abandon(number, reply)
                raise
            except TimeoutError:
                raise await self._break(f"no answer to `{op}` within {timeout:g} s") from None
            except (OSError, ValueError, asyncio.IncompleteReadError) as error:
                raise await self._break(_describe(error)) from error
            finally:
                self._waiting = None
            return _judge(answer), data

    def close(self) -> None:
        """Hang up. The toolbox kills what runs and ends."""
        self._broken = self._broken or "it is closed"
        if self._listener is not None:
            self._listener.cancel()
        self._writer.close()

    async def _listen(self) -> None:
        """Hand each reply to whoever waits for it, until the channel breaks."""
        try:
            while True:
                answer, data = await self._receive()
                if self._waiting is None or answer.get("id") != self._waiting[0]:
                    raise ValueError("a reply does not belong to the request")
                self._waiting[1].set_result((answer, data))
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            self._broken = _describe(error)
            if self._waiting is not None and not self._waiting[1].done():
                self._waiting[1].set_exception(error)
        finally:
            if self._waiting is not None and not self._waiting[1].done():
                self._waiting[1].set_exception(ConnectionError("it is closed"))

    async def _receive(self) -> Reply:
        header = await self._reader.readexactly(_HEADER.size)
        json_size, blob_size = _HEADER.unpack(header)
        if json_size > _MAX_JSON or blob_size > _MAX_BLOB:
            raise ValueError("a frame is too large")
        answer = json.loads(await self._reader.readexactly(json_size))
        data = await self._reader.readexactly(blob_size) if blob_size else b""
        if not isinstance(answer, dict):
            raise ValueError("a frame makes no sense")
        return answer, data

    async def _send(self, fields: dict[str, Any], blob: bytes = b"") -> None:
        body = json.dumps(fields).encode()
        self._writer.write(_HEADER.pack(len(body), len(blob)) + body)
        if blob:
            self._writer.write(blob)
        await self._writer.drain()

    async def _abandon(self, number: int, reply: "asyncio.Future[Reply]") -> None:
        """The caller was cancelled: stop the command, keep the channel in step."""
        try:
            async with asyncio.timeout(KILL_GRACE):
                await self._send({"id": 0, "op": "cancel", "target": number})
                await asyncio.shield(reply)
        except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError):
            self._broken = self._broken or "a command could not be cancelled"
        except asyncio.CancelledError:
            self._broken = self._broken or "the run was interrupted"  # twice: let go at once
            raise

    async def _break(self, reason: str) -> SandboxFault:
        self._broken = reason
        try:
            known = await asyncio.wait_for(self._explain(), 5)
        except (TimeoutError, SandboxFault):
            known = ""
        if known:
            self._broken = f"{reason}: {known}"
        return _fault(self._broken)


def _judge(reply: dict[str, Any]) -> dict[str, Any]:
    if "error" in reply:
        raise SandboxError(str(reply["error"]))
    if "fault" in reply:
        raise SandboxFault(f"The toolbox failed: {reply['fault']}", "Please report this.")
    result = reply.get("result")
    if not isinstance(result, dict):
        raise SandboxFault("The toolbox gave no result.", "Please report this.")
    return result


def _describe(error: Exception) -> str:
    if isinstance(error, asyncio.IncompleteReadError):
        return "it ended"
    return str(error) or type(error).__name__


def _fault(reason: str) -> SandboxFault:
    return SandboxFault(f"The sandbox is gone: {reason}.", "`agentcli resume` continues the run.")
