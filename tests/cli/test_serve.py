"""`agentcli --serve`: the page is there, and a bad address is one line."""

import socket
import subprocess
import sys
import time

import httpx
import pytest

from tests.cli.conftest import Desk


def test_a_browser_gets_the_application(desk: Desk) -> None:
    pytest.importorskip("textual_serve", reason="the extra `serve` is not installed")
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "agentcli", "--serve", str(port)],
        cwd=desk.repo,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        page = _page(f"http://localhost:{port}")
    finally:
        process.terminate()
        process.wait(10)
    assert "agentcli" in page


def test_a_bad_address_is_one_line(desk: Desk) -> None:
    said = desk.type("--serve", "localhost:here")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "'localhost:here' is no address" in said.err


def _page(url: str, seconds: float = 20) -> str:
    end = time.monotonic() + seconds
    while True:
        try:
            return httpx.get(url).text
        except httpx.ConnectError:
            assert time.monotonic() < end, "nobody serves"
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return int(one.getsockname()[1])
