"""The keeper stands before a parent's gate: it counts what was asked, and keeps the quota.

Its counts come from decisions in the order in which they were made, recalled ones included, so
that a resumed run goes on counting where it stood.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from agentcli.delegation.gates.base import Decision, Gate, OverrideRequest
from agentcli.journal.events import GateDecided
from agentcli.journal.stream import Stream


@dataclass(frozen=True)
class Quota:
    """What a parent may spend on overrides; None means no limit.

    `tokens` counts whole steps in which at least one override was let through.
    """

    overrides: int | None = None
    tokens: int | None = None


class Keeper:
    """A gate behind a quota. Interrupts pass the gate too, but are no overrides and not counted."""

    def __init__(self, gate: Gate, quota: Quota) -> None:
        self.name = gate.name
        self._gate = gate
        self._quota = quota
        self._asked: Counter[str] = Counter()  # requests, by delegation
        self._allowed = 0
        self._spent: dict[int, int] = {}  # tokens, by the parent's step

    async def decide(self, request: OverrideRequest) -> Decision:
        """The gate's decision, or a denial when the quota is used up."""
        if request.act != "interrupt" and (used_up := self._used_up()):
            return Decision(False, used_up, by="quota")
        number = self._asked[request.delegation] + 1
        return await self._gate.decide(replace(request, number=number))

    def count(self, decided: GateDecided) -> None:
        """Take in a decision that is on record. `pass_gate` does it for those that it makes or
        recalls; whoever recalls one otherwise must do it."""
        self._asked[decided.delegation] += 1
        if decided.allowed and decided.act != "interrupt":
            self._allowed += 1
            self._spent[decided.step] = decided.tokens

    def _used_up(self) -> str | None:
        quota, spent = self._quota, sum(self._spent.values())
        if quota.overrides is not None and self._allowed >= quota.overrides:
            return f"The quota of {quota.overrides} overrides is used up."
        if quota.tokens is not None and spent >= quota.tokens:
            return f"The quota of {quota.tokens:,} tokens for overrides is used up."
        return None


async def pass_gate(
    keeper: Keeper, request: Callable[[], Awaitable[OverrideRequest]], stream: Stream
) -> GateDecided:
    """Decide on an override, as an event of its parent's; when resumed, as it was decided then.

    `request` is only called when there is something to decide, since it may need trees that a
    recalled run doesn't make again.
    """

    async def live() -> GateDecided:
        asked = await request()
        decision = await keeper.decide(asked)
        return GateDecided(
            delegation=asked.delegation,
            act=asked.act,
            gate=decision.by or keeper.name,
            allowed=decision.allowed,
            reason=decision.reason,
            stated=asked.stated,
            without=asked.without,
            with_act=asked.with_act,
            draw=decision.draw,
            votes=decision.votes,
            step=asked.step,
            tokens=asked.tokens,
        )

    decided = await stream.perform(GateDecided, live)
    keeper.count(decided)
    return decided
