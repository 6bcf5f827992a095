"""Every screen as a picture, narrow and wide. `pytest --snapshot-update` takes them anew."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from textual.pilot import Pilot

from agentcli.delegation.gates.base import OverrideRequest, Question
from agentcli.journal.events import Brief
from agentcli.tui.app import AgentApp
from agentcli.tui.approvals import ways_out
from agentcli.tui.screens.approve import Approve
from agentcli.tui.screens.gate import GateScreen
from agentcli.tui.widgets.diff import Diff
from tests.tui.conftest import ready, settled

PATCH = """\
diff --git a/basket.py b/basket.py
--- a/basket.py
+++ b/basket.py
@@ -1,2 +1,3 @@
 def total(items: list[int]) -> int:
-    return sum(items[1:])
+    \"\"\"What all items cost.\"\"\"
+    return sum(items)
"""
SIZES = [(80, 24), (120, 40), (200, 60)]
WIDE = ("start", "swarm", "split")  # what is pictured at the largest size, too
SCREENS: dict[str, tuple[str, Sequence[str]]] = {
    "start": ("", ()),
    "offers": ("", ("slash",)),
    "runs": ("", ("f2",)),
    "delete": ("", ("f2", "D")),
    "compare": ("", ("f2", "space", "space", "c", "home", "down")),
    "help": ("", ("f1",)),
    "swarm": ("swarmrun", ()),
    "frames": ("framesrn", ()),
    "coder": ("framesrn", ("shift+tab", "shift+tab", "down")),
    "opened": ("framesrn", ("home", "enter")),
    "overrides": ("swarmrun", ("o", "down")),
    "diff": ("swarmrun", ("d",)),  # a recording has no repository: the patch is put in below
    "split": ("swarmrun", ("v",)),
}


PICTURES = [(name, size) for name in SCREENS for size in SIZES if size[0] < 200 or name in WIDE]


@pytest.mark.parametrize(("name", "size"), PICTURES, ids=lambda of: str(of).replace(", ", "x"))
def test_a_screen_looks_as_it_did(
    name: str, size: tuple[int, int], recorded: AgentApp, snap_compare: Callable[..., bool]
) -> None:
    run, keys = SCREENS[name]

    async def go_there(pilot: Pilot[Any]) -> None:
        await ready(pilot)
        if run:
            recorded.open_run(run)
            await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        for diff in recorded.screen.query(Diff):
            diff.show(PATCH)
        await settled(pilot)

    assert snap_compare(recorded, terminal_size=size, run_before=go_there)


def test_a_question_of_the_gate_looks_as_it_did(
    recorded: AgentApp, snap_compare: Callable[..., bool]
) -> None:
    brief = Brief(goal="Write the adding part.")
    stated = "One line is enough for a sum."
    request = OverrideRequest("1.1", "edit", "1", "1.1", brief, stated, "without", "with")

    async def ask(pilot: Pilot[Any]) -> None:
        await ready(pilot)
        recorded.push_screen(GateScreen(Question(request, PATCH)))
        await settled(pilot)

    assert snap_compare(recorded, terminal_size=(120, 40), run_before=ask)


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
def test_a_question_before_the_sandbox_is_left_looks_as_it_did(
    size: tuple[int, int], recorded: AgentApp, snap_compare: Callable[..., bool]
) -> None:
    [wish] = ways_out({"sandbox": "host"}, {"sandbox": "/home/ada/calculator/.agentcli.toml"})

    async def ask(pilot: Pilot[Any]) -> None:
        await ready(pilot)
        recorded.push_screen(Approve(wish))
        await settled(pilot)

    assert snap_compare(recorded, terminal_size=size, run_before=ask)
