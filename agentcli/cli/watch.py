"""A study at work, shown on standard error: a line for each trial that ends, and the whole."""

import asyncio
import time
from types import TracebackType

from rich.console import Console
from rich.status import Status

from agentcli.agents.clip import one_line
from agentcli.cli.say import escape
from agentcli.compare.outcome import Outcome
from agentcli.compare.store import Standing, Store

_LOOK = 0.5  # seconds
_MARKS = {
    "solved": "[green]✓ solved[/]",
    "failed": "[red]✗ failed[/]",
    "infra": "[yellow]! infra [/]",
}


class Watch:
    """Looks at the store, so that it shows what all processes do. An asynchronous context."""

    def __init__(self, store: Store, console: Console) -> None:
        self._store = store
        self._console = console
        self._status: Status | None = None
        self._began = time.time()
        self._seen = self._began
        self._before = store.standing()
        self._looking: asyncio.Task[None] | None = None

    @classmethod
    def for_terminal(cls, store: Store) -> "Watch":
        """On standard error; the line that moves is only for a terminal."""
        return cls(store, Console(stderr=True, highlight=False))

    async def __aenter__(self) -> "Watch":
        if self._before.scored:
            self._print(f"[dim]{self._before.scored} of {self._before.total} were done before.[/]")
        if self._console.is_terminal:
            self._status = self._console.status("getting ready", spinner="dots")
            self._status.start()
        self._looking = asyncio.create_task(self._look_on())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self._look()
        if self._status is not None:
            self._status.stop()

    def alarm(self, line: str) -> None:
        """Say at once what a person may have to mend."""
        self._print(f"[yellow]! {escape(one_line(line, 400))}[/]")

    async def _look_on(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(_LOOK)

    def _look(self) -> None:
        standing = self._store.standing()
        for ended, outcome in self._store.ended_after(self._seen):
            self._seen = ended
            if outcome.score != "infra":
                self._print(_line(outcome, standing))
        if self._status is not None:
            self._status.update(self._sum(standing))

    def _sum(self, now: Standing) -> str:
        spent = f"{now.tokens:,} tokens · {_cost(now)}"
        return (
            f"{now.running} running · {now.solved} solved · {now.failed} failed · "
            f"{now.infra} infra · {now.total - now.scored} left · {spent}{self._time_left(now)}"
            "  [dim]Ctrl-C stops and keeps everything[/]"
        )

    def _time_left(self, now: Standing) -> str:
        done = now.scored - self._before.scored
        if not done:
            return ""
        seconds = (time.time() - self._began) / done * (now.total - now.scored)
        return f" · about {_duration(seconds)}"

    def _print(self, line: str) -> None:
        self._console.print(line, soft_wrap=True)


def _line(outcome: Outcome, standing: Standing) -> str:
    figures = f"{outcome.tokens:>9,} tokens {outcome.seconds:>7.1f} s"
    who = f"{escape(outcome.task)} · {escape(outcome.arm)} · seed {outcome.seed}"
    why = f"  [dim]{escape(one_line(outcome.reason, 80))}[/]" if outcome.reason else ""
    done = f"[dim]{standing.scored}/{standing.total}[/]"
    return f"{_MARKS[outcome.score]} {figures}  {who}  {done}{why}"


def _cost(standing: Standing) -> str:
    known = f"${standing.cost:.4f}"
    if not standing.unpriced:
        return known
    return f"{known} + unknown" if standing.cost else "price unknown"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min left"
    return f"{minutes} min {rest} s left" if minutes else f"{rest} s left"
