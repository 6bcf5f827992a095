"""The application before a person: recorded runs, or a desk with a scripted model."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen

from agentcli.journal.events import Event
from agentcli.journal.store import Journal
from agentcli.tui.app import AgentApp
from tests.cli.conftest import Desk
from tests.cli.conftest import desk as desk
from tests.cli.conftest import done as done
from tests.support.scripted_server import ScriptedServer

HOME = Path("/home/ada/calculator")
RECORDINGS = Path(__file__).parent / "recordings"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[AgentApp]:
    """The application with two recorded runs in its journal; times are those of UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    with Journal() as journal:
        for path in sorted(RECORDINGS.glob("*.jsonl")):
            journal.import_run(map(Event.from_json, path.read_text().splitlines()))
    yield AgentApp(HOME)
    monkeypatch.undo()
    time.tzset()


def serve(monkeypatch: pytest.MonkeyPatch, server: ScriptedServer) -> None:
    """Let the next run ask this server, on the host, as settings in the environment say; they
    also allow it, so that nothing asks."""
    told = {"MODEL": "openai/scripted", "API_BASE": server.base, "SANDBOX": "host", "MODE": "solo"}
    told["ALLOW"] = "host,apply"
    for name, value in {**told, "REPLY_FORMAT": "native", "MODEL_RETRIES": "0"}.items():
        monkeypatch.setenv(f"AGENTCLI_{name}", value)


@pytest.fixture
def app(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AgentApp:
    """The application in the desk's repository; nothing asks."""
    monkeypatch.setenv("AGENTCLI_ALLOW", "host,apply")
    return AgentApp(desk.repo)


async def until(pilot: Pilot[Any], holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds on the screen."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it never came:\n{text_of(pilot)}"
        await pilot.pause()
        await asyncio.sleep(0.02)


async def ready(pilot: Pilot[Any]) -> None:
    """Wait until settings and runs are read."""
    await until(pilot, lambda: not _busy(pilot))
    await pilot.pause()


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until nothing is at work and the picture doesn't change any more."""
    pictures = [""]
    while len(set(pictures[-3:])) > 1 or len(pictures) < 4 or not text_of(pilot):
        await ready(pilot)
        await pilot.pause(0.05)
        pictures.append(pilot.app.export_screenshot())


def _busy(pilot: Pilot[Any]) -> bool:
    asks = isinstance(pilot.app.screen, ModalScreen)  # whose answer a worker waits for
    return not asks and any(not worker.is_finished for worker in pilot.app.workers)


def text_of(pilot: Pilot[Any]) -> str:
    """All that the screen says, notices included, as one line: where it is broken is chance."""
    lines = pilot.app.screen._compositor.render_strips()
    notices = [notice.message for notice in pilot.app._notifications]
    return " ".join(" ".join([*(strip.text for strip in lines), *notices]).split())
