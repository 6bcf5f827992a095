"""The allow-list lets named public hosts through and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agentcli.sandbox.proxy import AllowListProxy, Refused, Rules
from tests.sandbox.conftest import ISOLATED, Opener


@pytest.mark.parametrize(
    ("host", "port", "passes"),
    [
        ("packages.example", 443, True),
        ("Packages.Example.", 443, True),
        ("packages.example", 80, True),
        ("packages.example", 22, False),
        ("evilpackages.example", 443, False),
        ("packages.example.evil.com", 443, False),
        ("www.packages.example", 443, False),
        ("files.example", 443, True),
        ("files.files.example", 443, True),
        ("notfiles.example", 443, False),
        ("", 443, False),
    ],
)
def test_a_rule_is_an_exact_name_or_a_domain(host: str, port: int, passes: bool) -> None:
    rules = Rules(("packages.example", ".files.example"))
    if passes:
        rules.check(host, port)
    else:
        with pytest.raises(Refused):
            rules.check(host, port)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.17.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("224.0.0.1", "100.64.0.1", "::", "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1"),
        *("64:ff9b:1::7f00:1", "ff02::1"),
    ],
)
def test_private_addresses_are_never_usable(address: str) -> None:
    assert not Rules(()).usable(address)
    assert Rules(()).usable("1.1.1.1")
    assert Rules(()).usable("2606:4700:4700::1111")


@asynccontextmanager
async def web(tmp_path: Path, *hosts: str, private: bool) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A web server on this machine and a proxy before it: the port and the heads it got."""
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    proxy = AllowListProxy(Rules(hosts, frozenset({port}), private))
    await proxy.start(tmp_path)
    try:
        yield port, heads
    finally:
        await proxy.close()
        server.close()


async def ask(tmp_path: Path, request: str) -> bytes:
    reader, writer = await asyncio.open_unix_connection(tmp_path / "proxy")
    writer.write(request.encode())
    async with asyncio.timeout(5):
        try:
            return await reader.read()
        finally:
            writer.close()


async def test_a_tunnel_carries_bytes_both_ways(tmp_path: Path) -> None:
    async with web(tmp_path, "localhost", private=True) as (port, heads):
        connect = f"CONNECT localhost:{port} HTTP/1.1\r\nHost: x\r\n\r\n"
        answer = await ask(tmp_path, connect + "GET / HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK")
    assert answer.endswith(b"hi")
    assert heads == [b"GET / HTTP/1.1\r\n\r\n"]


async def test_a_plain_request_is_rewritten_for_the_server_that_was_checked(tmp_path: Path) -> None:
    async with web(tmp_path, "localhost", private=True) as (port, heads):
        head = "Host: other\r\nHost : other\r\nAccept: x"
        request = f"GET http://localhost:{port}/a?b=c HTTP/1.1\r\n{head}\r\n\r\n"
        assert (await ask(tmp_path, request)).endswith(b"hi")
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "GET /a?b=c HTTP/1.1"
    assert f"Host: localhost:{port}" in lines
    assert not any("other" in line for line in lines)
    assert "Accept: x" in lines


@pytest.mark.parametrize(
    ("request_line", "reason"),
    [
        ("CONNECT elsewhere:PORT HTTP/1.1", b"not in network_allow"),
        ("CONNECT localhost:22 HTTP/1.1", b"port 22"),
        ("CONNECT localhost:PORT HTTP/1.1", b"private network"),
        ("GET http://localhost:PORT/ HTTP/1.1", b"private network"),
        ("GET http://user@elsewhere:PORT/ HTTP/1.1", b"not in network_allow"),
        ("GET /no/host HTTP/1.1", b"makes no sense"),
        ("nonsense", b"makes no sense"),
        ("GET http://localhost:PORT/ HTTP/1.1\r\nA: b\nHost: other", b"makes no sense"),
        ("GET http://localhost:PORT/ HTTP/1.1\r\n Host: other", b"makes no sense"),
    ],
)
async def test_everything_else_is_refused_with_the_reason(
    tmp_path: Path, request_line: str, reason: bytes
) -> None:
    async with web(tmp_path, "localhost", private=False) as (port, heads):
        answer = await ask(tmp_path, request_line.replace("PORT", str(port)) + "\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert reason in answer
    assert heads == []


async def test_a_flood_of_connections_leaves_us_our_descriptors(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    async with web(tmp_path, "localhost", private=True) as (port, _):
        flood = [await asyncio.open_unix_connection(tmp_path / "proxy") for _ in range(200)]
        await asyncio.sleep(0.1)
        held = len(list(Path("/proc/self/fd").iterdir())) - before - len(flood)
        for _, writer in flood:
            writer.close()
        await asyncio.sleep(0.1)
        answer = await ask(tmp_path, f"GET http://localhost:{port}/ HTTP/1.1\r\n\r\n")
    assert held < 80
    assert answer.endswith(b"hi")


PROBE = (
    "no_proxy= NO_PROXY= python3 -c 'import urllib.request, sys;"
    "urllib.request.urlopen(sys.argv[1], timeout=5)' {} 2>&1 | tail -1"
)


@pytest.mark.parametrize("backend", ISOLATED)
async def test_commands_reach_the_proxy_and_only_that(opener: Opener, backend: str) -> None:
    box = await opener(backend, network_allow=("localhost", "allowed.example"))
    assert "allowed.example" in box.isolation
    refused = await box.run(PROBE.format("https://denied.example/"), timeout=20)
    assert "403 denied.example is not in network_allow" in refused.stdout
    private = await box.run(PROBE.format("http://localhost/"), timeout=20)
    assert "403: localhost is in a private network" in private.stdout
    direct = await box.run("exec 3<>/dev/tcp/1.1.1.1/53", timeout=10)
    assert "unreachable" in direct.stderr
    await box.run("kill -9 -1", timeout=5)
    again = await box.run(PROBE.format("https://denied.example/"), timeout=20)
    assert "403" in again.stdout
