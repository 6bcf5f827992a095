"""Live progress on standard error: a line per act, and what is going on right now."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.status import Status

from agentcli.agents.clip import one_line
from agentcli.agents.conversation import describe, saying
from agentcli.cli.say import escape
from agentcli.journal.events import (
    AgentStarted,
    DelegationClosed,
    DelegationMeasured,
    DelegationRefused,
    EffectMeasured,
    Event,
    GateDecided,
    GuardTripped,
    Landed,
    LedgerEntry,
    LimitHit,
    LotteryOutcome,
    ModelReplied,
    ModelRetried,
    PowerDenied,
    Prompted,
    RoleTaken,
    RunStarted,
    SandboxOpened,
    Submitted,
    ToolReturned,
    Verified,
)
from agentcli.journal.folds import RunView
from agentcli.runs.look import with_yours

_AFTER_WORK = (Verified, Landed, LedgerEntry, EffectMeasured, LotteryOutcome, DelegationMeasured)


class Progress:
    """A subscriber of the journal that tells a person what happens. Quiet without a terminal."""

    def __init__(self, console: Console, *, live: bool) -> None:
        self.view = RunView("")
        self._lines = Lines()
        self._console = console
        self._live = live
        self._status: Status | None = None
        self._began = time.monotonic()
        self._typed = 0

    @classmethod
    def for_terminal(cls) -> "Progress":
        """Live when standard error is a terminal."""
        console = Console(stderr=True, highlight=False)
        return cls(console, live=console.is_terminal)

    def __enter__(self) -> "Progress":
        if self._live and self._console.is_terminal:
            self._status = self._console.status("getting ready", spinner="dots")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    @contextmanager
    def paused(self) -> Iterator[Console]:
        """The console for words with the person, without the line that moves."""
        if self._status is not None:
            self._status.stop()
        try:
            yield self._console
        finally:
            if self._status is not None:
                self._status.start()

    def on_event(self, event: Event) -> None:
        """Take in an event and say what a person wants to know of it."""
        self.view.run_id = event.run_id
        self.view.apply(event)
        self._typed = 0
        if not self._live:
            return
        if line := self._lines.of(event):
            if self._console.is_terminal:
                self._console.print(line, overflow="ellipsis", no_wrap=True)
            else:
                self._console.print(line, soft_wrap=True)
        over = isinstance(event.body, _AFTER_WORK) and len(self.view.agents) > 1
        self._refresh("measuring the overrides" if over else "working")

    def on_text(self, agent_id: str, piece: str) -> None:
        """A piece of a reply as it streams in: only its length shows."""
        self._typed += len(piece)
        self._refresh(f"writing, {self._typed:,} characters")

    def _refresh(self, doing: str) -> None:
        if self._status is None:
            return
        spent = self.view.spending
        self._status.update(
            f"{doing} · step {spent.steps} · {spent.usage.total:,} tokens · {spent.cost_text} · "
            f"{time.monotonic() - self._began:.0f} s  [dim]Ctrl-C stops and keeps everything[/]"
        )


class Lines:
    """Events as lines for people, in rich's markup, indented by depth.

    Where there are several agents a line says whose it is. A sandbox is told of when it isolates
    in another way than the one before.
    """

    def __init__(self) -> None:
        self._agents: set[str] = set()
        self._isolation = ""

    def of(self, event: Event) -> str:
        """The event's line; empty if it tells a person nothing."""
        match event.body:
            case AgentStarted():
                self._agents.add(event.agent_id)
            case SandboxOpened(isolation=isolation):
                if isolation == self._isolation:
                    return ""
                self._isolation = isolation
        line = _line(event)
        return f"{'  ' * event.agent_id.count('.')}{self._whose(event)}{line}" if line else ""

    def _whose(self, event: Event) -> str:
        names_one = isinstance(event.body, AgentStarted | DelegationClosed)
        if not event.agent_id or names_one or len(self._agents) < 2:
            return ""
        return f"[cyan]{event.agent_id}[/] "


def _line(event: Event) -> str:
    match event.body:
        case RunStarted() as body:
            return f"[bold]run {event.run_id}[/] · {body.mode} · {escape(body.models['coder'])}"
        case SandboxOpened() as body:
            return f"[dim]{escape(body.isolation)} ({body.seconds:.1f} s)[/]"
        case AgentStarted(depth=depth) as body if depth > 0:
            return f"[cyan]┌ {event.agent_id}[/] {escape(one_line(body.brief.goal))}"
        case ModelReplied() as body if said := saying(body):
            return f"[dim]{escape(one_line(said, 160))}[/]"
        case ToolReturned() as body:
            return _tool_line(body)
        case Prompted(kind="correction") as body:
            return f"[yellow]↺ the reply could not be used: {escape(body.fault or '')}[/]"
        case DelegationClosed() as body:
            taken = ", taken back" if body.rolled_back else ""
            return f"[cyan]└ {body.delegation}[/] {body.result.status}{taken}"
        case DelegationRefused() as body:
            return f"[yellow]not delegated: {escape(body.reason)}[/]"
        case GateDecided() as body:
            verdict = "[yellow]overrides" if body.allowed else "[green]may not override"
            return f"{verdict} {body.delegation}[/] ({body.act}): {escape(body.reason)}"
        case PowerDenied() as body:
            return f"[yellow]{escape(body.tool)} denied: {escape(body.reason)}[/]"
        case RoleTaken(role=None) as body:
            return f"[dim]{body.agent} abstains: {escape(one_line(body.reason, 140))}[/]"
        case RoleTaken() as body:
            return f"[cyan]{body.agent} is the {escape(body.role or '')}[/]"
        case ModelRetried() as body:
            wait = f", again in {body.wait:.0f} s" if body.wait else ""
            return (
                f"[yellow]{escape(one_line(body.error, 120))}{wait} → {escape(body.next_model)}[/]"
            )
        case GuardTripped() as body:
            return f"[yellow]{escape(body.reason)}[/]"
        case LimitHit() as body:
            return f"[red]limit reached: {body.limit} = {body.value:g}[/]"
        case Submitted() as body:
            return f"[green]{body.status}[/] {escape(one_line(body.summary, 140))}"
        case Verified() as body:
            return verdict_line(body)
        case Landed() as body:
            return f"[dim]branch {body.branch}[/]"
        case _:
            return ""


def verdict_line(verified: Verified) -> str:
    """The verdict in rich's markup, and what it is with the person's tests put back."""
    check, pristine = verified.check, verified.pristine
    mark = "[green]✓ passes[/]" if check.passed else "[red]✗ fails[/]"
    line = f"{mark} {escape(check.command)}"
    if pristine is None:
        return line
    return f"{line} · [{'green' if pristine.passed else 'red'}]{with_yours(pristine)}[/]"


def _tool_line(body: ToolReturned) -> str:
    if body.call.name == "finish":  # what is accepted shows as the submission that follows
        return "" if body.ok else f"[yellow]not finished: {escape(one_line(body.output, 140))}[/]"
    mark = "[green]▸[/]" if body.ok else "[red]▸[/]"
    parts = [f"{mark} {escape(describe(body.call, 90))}"]
    if body.exit_code not in (None, 0):
        parts.append(f"[red]exit {body.exit_code}[/]")
    if body.checkpoint is not None:
        added, removed = body.checkpoint.lines
        parts.append(f"[green]+{added}[/] [red]−{removed}[/]")
    if body.seconds >= 1:
        parts.append(f"[dim]{body.seconds:.1f} s[/]")
    return "  ".join(parts)
