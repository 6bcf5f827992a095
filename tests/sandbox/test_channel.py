"""Whatever breaks the channel becomes a fault in bounded time, never a hang."""

import asyncio
import json
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agentcli.errors import SandboxFault
from agentcli.sandbox.base import SandboxError
from agentcli.sandbox.channel import Channel

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEADER = struct.Struct(">II")


@asynccontextmanager
async def talking_to(peer: Peer, tmp_path: Any) -> AsyncIterator[Channel]:
    """A channel to a peer of the test's own over a real socket."""
    server = await asyncio.start_unix_server(peer, tmp_path / "s")
    reader, writer = await asyncio.open_unix_connection(tmp_path / "s")

    async def explain() -> str:
        return "it was told to"

    channel = Channel(reader, writer, explain)
    try:
        yield channel
    finally:
        channel.close()
        server.close()


async def receive(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    json_size, blob_size = HEADER.unpack(await reader.readexactly(HEADER.size))
    fields = json.loads(await reader.readexactly(json_size))
    return fields, await reader.readexactly(blob_size)


def frame(fields: Any, blob: bytes = b"") -> bytes:
    body = json.dumps(fields).encode()
    return HEADER.pack(len(body), len(blob)) + body + blob


async def test_blobs_cross_both_ways(tmp_path: Any) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            fields, blob = await receive(reader)
            reply = frame({"id": fields["id"], "result": {"op": fields["op"]}}, blob[::-1])
            for at in range(0, len(reply), 3):
                writer.write(reply[at : at + 3])
                await writer.drain()

    async with talking_to(echo, tmp_path) as channel:
        for data in (b"", b"abc", bytes(range(256))):
            fields, blob = await channel.call("x", {}, data, timeout=5)
            assert (fields, blob) == ({"op": "x"}, data[::-1])


async def test_a_refusal_is_the_models_and_a_breakdown_is_ours(tmp_path: Any) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for kind in ("error", "fault"):
            fields, _ = await receive(reader)
            writer.write(frame({"id": fields["id"], kind: "no"}))

    async with talking_to(refuse, tmp_path) as channel:
        with pytest.raises(SandboxError, match="no"):
            await channel.call("x", {}, timeout=5)
        with pytest.raises(SandboxFault, match="no"):
            await channel.call("x", {}, timeout=5)


BREAKS: dict[str, bytes | None] = {
    "hangs up": None,
    "half a frame": b"\0\0\0\x09\0",
    "no JSON": HEADER.pack(3, 0) + b"{{{",
    "no object": frame([1]),
    "another's reply": frame({"id": 99, "result": {}}),
    "a huge frame": HEADER.pack(1 << 31, 0),
    "text instead of a frame": b"bash: python3: command not found\n",
}


@pytest.mark.parametrize("answer", BREAKS.values(), ids=BREAKS)
async def test_a_broken_peer_is_a_fault_and_stays_one(tmp_path: Any, answer: bytes | None) -> None:
    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await receive(reader)
        writer.write(answer or b"")
        writer.close()

    async with talking_to(broken, tmp_path) as channel, asyncio.timeout(5):
        for _ in range(2):
            with pytest.raises(SandboxFault, match="it was told to"):
                await channel.call("x", {}, timeout=5)


async def test_silence_is_a_fault_after_the_time_limit(tmp_path: Any) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with talking_to(silent, tmp_path) as channel:
        started = time.monotonic()
        with pytest.raises(SandboxFault, match="no answer to `x` within"):
            await channel.call("x", {}, b"z" * (8 << 20), timeout=0.3)
        assert time.monotonic() - started < 2


async def test_a_cancelled_call_tells_the_peer_and_keeps_in_step(tmp_path: Any) -> None:
    heard: list[dict[str, Any]] = []

    async def obedient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running: list[int] = []
        while True:
            fields, _ = await receive(reader)
            heard.append(fields)
            if fields["op"] == "slow":
                running.append(fields["id"])
                continue
            target = running.pop() if fields["op"] == "cancel" else fields["id"]
            writer.write(frame({"id": target, "result": {"of": target}}))

    async with talking_to(obedient, tmp_path) as channel:
        task = asyncio.create_task(channel.call("slow", {}, timeout=60))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert heard[-1] == {"id": 0, "op": "cancel", "target": 1}
        assert (await channel.call("next", {}, timeout=5))[0] == {"of": 2}


async def test_cancelling_twice_lets_go_at_once(tmp_path: Any) -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with talking_to(deaf, tmp_path) as channel:
        task = asyncio.create_task(channel.call("slow", {}, timeout=60))
        await asyncio.sleep(0.05)
        started = time.monotonic()
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0.05)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 2
        with pytest.raises(SandboxFault, match="interrupted"):
            await channel.call("next", {}, timeout=5)
