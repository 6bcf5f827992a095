"""The person at the terminal is asked about an override; without a terminal nobody is."""

import io
import os
import pty
from collections.abc import Iterator
from typing import TextIO

import pytest
from rich.console import Console

from agentcli.cli.person import TerminalPerson
from agentcli.cli.progress import Progress
from agentcli.delegation.gates.base import OverrideRequest, Question
from agentcli.journal.events import Brief

PATCH = "--- a/floor.txt\n+++ b/floor.txt\n-oak\n+pine\n"
QUESTION = Question(
    OverrideRequest(
        delegation="1.2",
        act="edit",
        parent="1",
        child="1.2",
        brief=Brief(goal="lay a floor of oak"),
        stated="pine is cheaper",
        without="a",
        with_act="b",
    ),
    PATCH,
)


class Terminal:
    """A real pseudo-terminal to type at, and what the person read."""

    def __init__(self, keyboard: int, end: TextIO) -> None:
        self._keyboard = keyboard
        self._screen = io.StringIO()
        console = Console(file=self._screen, force_terminal=True, color_system=None)
        self.person = TerminalPerson(Progress(console, live=False), end)

    def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode())

    @property
    def shown(self) -> str:
        return self._screen.getvalue()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    keyboard, end = pty.openpty()
    with os.fdopen(end) as stdin:
        yield Terminal(keyboard, stdin)
    os.close(keyboard)


@pytest.mark.parametrize(("typed", "answer"), [("y\n", True), ("No\n", False), ("eh\nyes\n", True)])
async def test_the_answer_is_taken(terminal: Terminal, typed: str, answer: bool) -> None:
    terminal.type(typed)
    assert await terminal.person.decide(QUESTION) is answer


async def test_the_person_sees_who_wants_what_and_the_difference(terminal: Terminal) -> None:
    terminal.type("n\n")
    await terminal.person.decide(QUESTION)
    for part in ("1 wants to override 1.2", "lay a floor of oak", "pine is cheaper", "-oak"):
        assert part in terminal.shown


async def test_the_whole_difference_is_shown_when_asked_for(terminal: Terminal) -> None:
    long = Question(QUESTION.request, PATCH + "".join(f"+plank {n}\n" for n in range(999)))
    terminal.type("y\n")
    await terminal.person.decide(long)
    assert "+plank 500" not in terminal.shown
    terminal.type("d\ny\n")
    await terminal.person.decide(long)
    assert "+plank 500" in terminal.shown


async def test_a_closed_terminal_is_no_answer(terminal: Terminal) -> None:
    terminal.type("\x04")
    assert await terminal.person.decide(QUESTION) is None


async def test_without_a_terminal_nobody_is_there() -> None:
    screen = io.StringIO()
    person = TerminalPerson(Progress(Console(file=screen), live=False), io.StringIO("y\n"))
    assert await person.decide(QUESTION) is None
    assert screen.getvalue() == ""
