"""The override ledger of a run, folded from its events."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from agentcli.journal.events import (
    Delegated,
    DelegationMeasured,
    EffectMeasured,
    Event,
    GateDecided,
    InterruptionFound,
    LedgerEntry,
    LedgerFailed,
    LotteryOutcome,
    Restored,
    RunStarted,
    UnitsWritten,
)
from agentcli.journal.stream import effective


@dataclass
class LedgerView:
    """What is on record. A ledger that was found twice (after a kill) counts once."""

    run_id: str
    started: RunStarted | None = None
    delegated: set[str] = field(default_factory=set)
    interruptions: dict[tuple[str, int], InterruptionFound] = field(default_factory=dict)
    entries: dict[int, LedgerEntry] = field(default_factory=dict)
    effects: dict[int, EffectMeasured] = field(default_factory=dict)
    delegations: dict[str, DelegationMeasured] = field(default_factory=dict)
    written: dict[str, UnitsWritten] = field(default_factory=dict)  # by parent
    restored: dict[int, Restored] = field(default_factory=dict)
    draws: dict[str, GateDecided] = field(default_factory=dict)  # first of each delegation
    lottery: dict[str, LotteryOutcome] = field(default_factory=dict)
    failure: str | None = None  # why it could not be found
    measuring: bool = False  # a process is at it; whoever looks finds that out, no event tells

    @property
    def overrides(self) -> list[LedgerEntry]:
        """The entries that are overrides, by number."""
        return [entry for entry in self.entries.values() if entry.is_override]

    @property
    def found(self) -> bool:
        """Whether every delegation of the run was looked at."""
        return self.delegated <= self.delegations.keys()

    @property
    def unmeasured(self) -> list[LedgerEntry]:
        """Overrides whose effect could be measured and was not."""
        if self.started is None or self.started.test is None:
            return []
        return [entry for entry in self.overrides if entry.number not in self.effects]

    @property
    def undecided_draws(self) -> list[GateDecided]:
        """First draws of a lottery whose outcome could be judged and was not."""
        if self.started is None or self.started.test is None:
            return []
        return [draw for name, draw in self.draws.items() if name not in self.lottery]

    @property
    def unjudged(self) -> bool:
        """Whether the verifier has something to add."""
        return bool(self.unmeasured or self.undecided_draws)

    @property
    def written_in_all(self) -> list[UnitsWritten]:
        """Who wrote how much, of the parents that are nobody's children."""
        return [each for name, each in self.written.items() if name not in self.delegated]

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        body = event.body
        match body:
            case RunStarted():
                self.started = body
            case Delegated():
                self.delegated.add(body.delegation)
            case InterruptionFound():
                self.interruptions[body.delegation, body.at_seq] = body
            case LedgerEntry():
                self.entries[body.number] = body
            case EffectMeasured():
                self.effects[body.number] = body
                self.failure = None
            case DelegationMeasured():
                self.delegations[body.delegation] = body
                self.failure = None
            case UnitsWritten():
                self.written[body.parent] = body
            case GateDecided(draw=float()):
                # Only the first has trees that no earlier decision had a part in.
                self.draws.setdefault(body.delegation, body)
            case LotteryOutcome():
                self.lottery[body.delegation] = body
            case Restored():
                self.restored[body.number] = body
            case LedgerFailed():
                self.failure = body.reason
            case _:
                pass


def fold_ledger(run_id: str, events: Iterable[Event]) -> LedgerView:
    """The ledger after all events that count."""
    view = LedgerView(run_id)
    for event in effective(events):
        view.apply(event)
    return view
