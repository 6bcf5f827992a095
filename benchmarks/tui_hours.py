"""Eight hours of events, one a second, written as fast as they are read: does memory grow?

    python benchmarks/tui_hours.py

The application without a terminal shows the run of 12 agents all the while; memory (resident)
after each quarter.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from itertools import chain, count, cycle, islice
from pathlib import Path

from agentcli.journal.events import Event
from agentcli.journal.store import Journal
from agentcli.tui.app import AgentApp
from agentcli.tui.screens.run import RunScreen

_AGENTS, _HOURS, _BATCH = 12, 8, 600
_SIZE = (120, 40)
_RUN = "longrun2"
_RECORDING = Path(__file__).parents[1] / "tests/tui/recordings/swarmrun.jsonl"


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        os.environ.update({f"XDG_{kind}_HOME": place for kind in ("STATE", "CONFIG", "CACHE")})
        sizes = asyncio.run(_watch(_events()))
    print(f"{_HOURS} hours, a quarter each: " + ", ".join(f"{size:.0f} MB" for size in sizes))


async def _watch(events: Iterator[Event]) -> list[float]:
    sizes, written = [], 0
    app = AgentApp(Path.cwd())
    async with app.run_test(size=_SIZE):
        for batch in range(_HOURS * 3600 // _BATCH):
            with Journal() as journal:
                journal.import_run(islice(events, _BATCH))
            written += _BATCH
            if batch == 0:
                app.open_run(_RUN)
            while _seen(app) < written // 3:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)
            if (batch + 1) % (_HOURS * 900 // _BATCH) == 0:
                sizes.append(_resident())
    return sizes


def _seen(app: AgentApp) -> int:
    screen = app.screen
    return screen.record.view.spending.steps if isinstance(screen, RunScreen) else 0


def _events() -> Iterator[Event]:
    """Endless events of a run: its beginning, then steps of all agents in turn."""
    recorded = [Event.from_json(line) for line in _RECORDING.read_text().splitlines()]
    begins = ("run_started", "planned", "agent_started", "delegated")
    head = [event for event in recorded if event.body.type in begins]
    steps = [event for event in recorded if event.body.type in ("model_replied", "tool_returned")]
    agents = chain([e.agent_id for e in head], cycle(f"1.{n + 1}" for n in range(_AGENTS)))
    began = time.time()
    for seq, event, agent in zip(count(1), chain(head, cycle(steps)), agents, strict=False):
        update = {"run_id": _RUN, "seq": seq, "at": began + seq, "agent_id": agent}
        yield event.model_copy(update=update)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
