"""Carry out the trials of a study that are left, as far as caps and infrastructure allow.

Several campaigns may work on one study, in several processes; they meet in its store.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agentcli.compare.executor import Executor
from agentcli.compare.outcome import Outcome
from agentcli.compare.store import Claim, Standing, Store
from agentcli.compare.study import Study
from agentcli.concurrency import first_leaf
from agentcli.journal.events import Event, ModelReplied
from agentcli.journal.folds import Spending, fold
from agentcli.journal.store import Journal

_HEARTBEAT = 2.0  # seconds; far below the lease
_LOOK = 0.3  # seconds between looks for a trial that others may give back


class Caps(BaseModel):
    """Limits of the whole study: no new trial begins beyond them. None: no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int | None = None  # of all runs, input + output
    cost: float | None = None  # US dollars of all runs
    seconds: float | None = None  # of this command

    def reached(self, standing: Standing) -> "Stop | None":
        """Why nothing more may be spent, or None. A price that isn't known can't be capped."""
        if self.tokens is not None and standing.tokens >= self.tokens:
            return _capped("tokens", f"{self.tokens:,} tokens")
        if self.cost is not None and standing.cost >= self.cost:
            return _capped("cost", f"${self.cost:g}")
        if self.cost is not None and standing.unpriced:
            return Stop(
                "cap",
                "A model's price is not known, so --max-total-cost can't be kept. "
                "Give --max-total-tokens instead.",
            )
        return None


class Rules(BaseModel):
    """How far a campaign goes, and how it deals with what goes wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    caps: Caps = Caps()
    tries: int = 3  # of a trial that infrastructure fails, in one command
    alarm: int = 5  # such failures in a row, of any trials: a model or an engine is down


@dataclass(frozen=True)
class Stop:
    """Why no new trial begins, though some are left. `reason` is for people, with the fix."""

    kind: Literal["cap", "infra"]
    reason: str


@dataclass
class Campaign:
    """One process's share of the work. Make it, `run` once."""

    study: Study
    store: Store
    journal: Journal
    executor: Executor
    rules: Rules
    on_alarm: Callable[[str], None]
    _working: dict[Claim, asyncio.Task[None]] = field(default_factory=dict)
    _spent: dict[str, Spending] = field(default_factory=dict)  # run → so far
    _failures: int = 0  # of infrastructure, in a row
    _began: float = field(default_factory=time.monotonic)

    async def run(self) -> Stop | None:
        """Work until no trial is left, here or in other processes, or until something stops it.

        What is at work is always finished first. Cancelled, the runs stop, keep what they have
        and go on with the next command.
        """
        self.journal.subscribe(self._on_event)
        try:
            async with asyncio.TaskGroup() as group:
                heart = group.create_task(self._beat())
                stop = await self._hand_out(group)
                while self._working:
                    await self._one_ends()
                heart.cancel()
        except BaseExceptionGroup as several:
            raise first_leaf(several) from several
        return stop

    async def _hand_out(self, group: asyncio.TaskGroup) -> Stop | None:
        while (stop := self._must_stop()) is None:
            room = self.executor.places - len(self._working)
            claim = self.store.claim() if room else None
            if claim is not None:
                claim = claim if self.executor.can_go_on(claim) else self.store.begin_anew(claim)
                self._spent[claim.run_id] = self._recorded(claim)
                self._working[claim] = group.create_task(self._carry_out(claim))
            elif self._working:
                await self._one_ends()
            elif self.store.standing().running:
                await asyncio.sleep(_LOOK)
            else:
                return None
        return stop

    async def _one_ends(self) -> None:
        """Until some trial ends, but only a moment: others may stop the study meanwhile."""
        at_work = set(self._working.values())
        await asyncio.wait(at_work, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED)

    async def _carry_out(self, claim: Claim) -> None:
        try:
            outcome = await self.executor.carry_out(claim)
        except asyncio.CancelledError:
            self.store.give_back(claim, self._spent[claim.run_id])
            raise
        finally:
            del self._working[claim]
        if self._take_in(claim, outcome):
            await asyncio.to_thread(self.study.material.remove, claim.trial.id)

    def _take_in(self, claim: Claim, outcome: Outcome) -> bool:
        """Write down what came of a claim; returns whether that is its score."""
        del self._spent[claim.run_id]
        spent = self._recorded(claim)
        if outcome.status == "interrupted":
            self.store.give_back(claim, spent)
            return False
        if outcome.score == "infra":
            self._failures += 1
            again = self.store.fail(claim, outcome, spent, self.rules.tries)
            self.on_alarm(_alarm(outcome, again))
            return False
        self._failures = 0
        return self.store.score(claim, outcome, spent)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT)
            for lost in self.store.renew({c: self._spent[c.run_id] for c in self._working}):
                self._working[lost].cancel()

    def _must_stop(self) -> Stop | None:
        if self._failures >= self.rules.alarm:
            return Stop(
                "infra",
                f"{self._failures} trials in a row failed for infrastructure; no more are begun. "
                "Mend the model's server or the engine, then give the same command again.",
            )
        caps = self.rules.caps
        if caps.seconds is not None and time.monotonic() - self._began >= caps.seconds:
            return _capped("time", f"{caps.seconds:g} s")
        if caps.tokens is None and caps.cost is None:
            return None
        return caps.reached(self.store.standing())

    def _recorded(self, claim: Claim) -> Spending:
        return fold(claim.run_id, self.journal.events(claim.run_id)).spending

    def _on_event(self, event: Event) -> None:
        if isinstance(event.body, ModelReplied) and event.run_id in self._spent:
            self._spent[event.run_id].add(event.body)


def _capped(what: str, limit: str) -> Stop:
    return Stop(
        "cap",
        f"The cap of {limit} is reached; no more trials are begun. To go on, give the same "
        f"command with a higher --max-total-{what}.",
    )


def _alarm(outcome: Outcome, again: bool) -> str:
    then = "is tried again" if again else "is given up for now"
    return (
        f"infrastructure: {outcome.task} by {outcome.arm} {then} "
        f"(failure {outcome.attempts}): {outcome.reason}"
    )
