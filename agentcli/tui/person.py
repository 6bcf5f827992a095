"""The person before the screen, whom a run's human gate asks from its own thread."""

import asyncio
from typing import TYPE_CHECKING

from textual.app import App

if TYPE_CHECKING:
    from agentcli.delegation.gates.base import Question


class ScreenPerson:
    """Shows the question over whatever is on the screen, and waits for the answer."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None

    def arrive(self) -> None:
        """From here on there is somebody to ask. Call it in the application's loop."""
        self._loop = asyncio.get_running_loop()

    async def decide(self, question: "Question") -> bool | None:
        if self._loop is None:
            return None
        asked = asyncio.run_coroutine_threadsafe(self._ask(question), self._loop)
        return await asyncio.wrap_future(asked)

    async def _ask(self, question: "Question") -> bool | None:
        from agentcli.tui.screens.gate import GateScreen

        answer: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        self._app.bell()
        await self._app.push_screen(GateScreen(question), answer.set_result)
        return await answer
