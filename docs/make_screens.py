"""Make docs/swarm.svg: the application with the demo's swarm, a recorded run of a real model.

python docs/make_screens.py
"""

import asyncio
import os
import tempfile
from pathlib import Path

from agentcli.journal.events import Event
from agentcli.journal.store import Journal
from agentcli.tui.app import AgentApp

_HERE = Path(__file__).parent
_SWARM = _HERE.parent / "agentcli" / "demo" / "recordings" / "swarm.jsonl"
_WAIT = 2.0  # seconds in which a screen surely stands


def main() -> None:
    """Import the recording into a journal of its own and picture its screen."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_STATE_HOME"] = place
        with Journal() as journal:
            run_id = journal.import_run(map(Event.from_json, _SWARM.read_text().splitlines()))
        asyncio.run(_picture(run_id, _HERE / "swarm.svg"))


async def _picture(run_id: str, target: Path) -> None:
    app = AgentApp(Path.home() / "project")
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause(_WAIT)
        app.open_run(run_id)
        await pilot.pause(_WAIT)
        app.save_screenshot(str(target))
    print(target)


if __name__ == "__main__":
    main()
