"""The output of a shell command of the person's own, as it comes."""

import asyncio
import os
import signal
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Label, Log

from agentcli.plain import plain


class ShellScreen(Screen[None]):
    """Runs on the person's machine, in their repository. No agent has anything to do with it."""

    AUTO_FOCUS = "Log"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "kill", "Stop it", priority=True),
        Binding("escape,q", "leave", "Back", key_display="esc"),
    ]

    def __init__(self, command: str, directory: Path) -> None:
        super().__init__()
        self._command = command
        self._directory = directory
        self._process: asyncio.subprocess.Process | None = None

    def compose(self) -> ComposeResult:
        yield Label(f"[b $primary]$[/] {plain(self._command)}", id="title", markup=True)
        yield Log(id="shell")
        yield Label("runs …", id="count")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.run_command()

    @work(exclusive=True)
    async def run_command(self) -> None:
        self._process = process = await asyncio.create_subprocess_shell(
            self._command,
            cwd=self._directory,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        assert process.stdout is not None
        log = self.query_one(Log)
        try:
            async for line in process.stdout:
                log.write_line(plain(line.decode("utf-8", "replace").rstrip("\n")))
            code = await process.wait()
            self.query_one("#count", Label).update(f"exit code {code}")
        finally:
            self._kill()  # also when the screen is left

    def action_kill(self) -> None:
        self._kill()

    def action_leave(self) -> None:
        self._kill()
        self.dismiss()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
