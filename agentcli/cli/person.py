"""The person at the terminal, who decides on overrides when the gate is `human`."""

import asyncio
from typing import TextIO

from rich.console import Console

from agentcli.agents.clip import clip
from agentcli.cli.progress import Progress
from agentcli.cli.say import escape
from agentcli.delegation.gates.base import Question

_SHOWN = 3000  # characters of the difference that are shown unasked
_ANSWERS = {"y": True, "yes": True, "n": False, "no": False}


class TerminalPerson:
    """Asked when keyboard and screen are terminals; else nobody is there."""

    def __init__(self, progress: Progress, keyboard: TextIO) -> None:
        self._progress = progress
        self._keyboard = keyboard

    async def decide(self, question: Question) -> bool | None:
        with self._progress.paused() as console:
            if not (self._keyboard.isatty() and console.is_terminal):
                return None
            _show(question, console)
            return await self._answer(question, console)

    async def _answer(self, question: Question, console: Console) -> bool | None:
        while True:
            console.print("Let it through? [bold]y[/]es, [bold]n[/]o, [bold]d[/]iff: ", end="")
            line = await self._line()
            if not line:  # the terminal was closed
                return None
            said = line.strip().lower()
            if said in _ANSWERS:
                return _ANSWERS[said]
            if said in ("d", "diff"):
                _print_patch(question.patch, console)

    async def _line(self) -> str:
        """A line that is typed; other agents work on meanwhile, and Ctrl-C ends the wait."""
        loop, typed = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._keyboard, typed.set)
        try:
            await typed.wait()
        finally:
            loop.remove_reader(self._keyboard)
        return self._keyboard.readline()


def _show(question: Question, console: Console) -> None:
    asked = question.request
    console.print(f"\n[bold]{asked.parent} wants to override {asked.child}[/] ({asked.act})")
    console.print(f"brief: {escape(asked.brief.goal)}")
    console.print(f"reason given: {escape(asked.stated or 'none')}")
    console.print("[dim]− stands now, + after the override[/]")
    _print_patch(clip(question.patch, _SHOWN), console)


def _print_patch(patch: str, console: Console) -> None:
    from rich.syntax import Syntax  # takes long to import, and most runs never ask

    console.print(Syntax(patch or "(no difference)", "diff", background_color="default"))
