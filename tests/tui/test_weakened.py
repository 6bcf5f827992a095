"""The application tells what a verdict is worth whose tests the agent changed."""

import asyncio

from agentcli.tui.app import AgentApp
from tests.cli.conftest import Desk
from tests.cli.test_weakened import FAILS, weakens
from tests.tui.conftest import ready, settled, text_of


async def test_a_verdict_that_the_persons_tests_do_not_bear_out_says_so(
    desk: Desk, app: AgentApp
) -> None:
    said = await asyncio.to_thread(weakens, desk, "a = 3", "-o", "json")
    async with app.run_test(size=(160, 40)) as pilot:
        await ready(pilot)
        app.open_run(said.json["run"])
        await settled(pilot)
        seen = text_of(pilot)
    assert f"✓ tests pass · {FAILS}" in seen
    assert f"passes: python3 test_a.py · {FAILS}" in seen
