"""What a history is known to be, and how a ledger is held against it.

A label says what the definitions (docs/overrides.md) fix. Where they leave a number open, it gives
bounds; it never repeats what the detector happened to find.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from agentcli.delegation.ledger.records import Record
from agentcli.journal.ledger_events import (
    OVERRIDE_KINDS,
    DelegationMeasured,
    InterruptionFound,
    LedgerEntry,
    OtherKind,
)


@dataclass(frozen=True)
class Share:
    """Bounds of a fraction; `above` and `below` are left out of them."""

    at_least: float = 0.0
    at_most: float = 1.0
    above: float = -1.0
    below: float = 2.0

    def holds(self, value: float | None) -> bool:
        return (
            value is not None
            and self.at_least <= value <= self.at_most
            and self.above < value < self.below
        )


NOTHING = Share(at_most=0.0)
EVERYTHING = Share(at_least=1.0)
UNDER_HALF = Share(above=0.0, below=0.5)
HALF_OR_MORE = Share(at_least=0.5)
ANY = Share()

# Other kinds of entry that may stand in a ledger or not, where the definitions leave it open.
NOBODYS: frozenset[str] = frozenset()
WIRING = frozenset({"integration_fix"})  # an act outside U in a file that several children share
HARMLESS: frozenset[str] = frozenset(get_args(OtherKind))

Horizon = Share | Literal["never"]  # never: the work did not get there


@dataclass(frozen=True)
class Heard:
    """An interruption. None: the definitions leave it open."""

    how: Literal["stop", "redirect", "write"]
    at_seq: int
    output_tokens: int | None = None
    early: bool | None = None


@dataclass(frozen=True)
class Entry:
    """An entry of the ledger. Several kinds with `|` between: each of them would be right."""

    kind: str
    at_seq: int

    def fits(self, found: LedgerEntry) -> bool:
        return found.kind in self.kind.split("|") and found.at_seq == self.at_seq

    @property
    def is_override(self) -> bool:
        return set(self.kind.split("|")) <= set(OVERRIDE_KINDS)


@dataclass(frozen=True)
class Label:
    """What is true of one delegation.

    `may`: kinds that may be found besides `entries`, since the definitions do not say whether or
    as what an act that overrides nothing is logged.
    """

    entries: tuple[Entry, ...] = ()
    interruptions: tuple[Heard, ...] = ()
    integration: Horizon | None = NOTHING  # None: open
    close: Horizon | None = NOTHING
    end: Horizon | None = NOTHING
    within_five: bool | None = None  # None: as every act comes early in most histories
    output_tokens: int | None = None
    may: frozenset[str] = NOBODYS

    @property
    def overridden(self) -> bool:
        return any(entry.is_override for entry in self.entries)

    @property
    def soon(self) -> bool:
        if self.within_five is not None:
            return self.within_five
        return self.overridden or bool(self.interruptions)


@dataclass(frozen=True)
class Found:
    """What a ledger says about one delegation."""

    measured: DelegationMeasured | None
    entries: Sequence[LedgerEntry]
    interruptions: Sequence[InterruptionFound]


def differences(label: Label, found: Found) -> Iterator[str]:
    """Each way in which a ledger is not what the label says, in a line."""
    if (measured := found.measured) is None:
        yield "expected its measures, found none"
        return
    yield from _entries(label, found.entries)
    yield from _interruptions(label, found.interruptions)
    for horizon in ("integration", "close", "end"):
        share: Horizon | None = getattr(label, horizon)
        value: float | None = getattr(measured.fractions, horizon)
        right = value is None if share == "never" else share is None or share.holds(value)
        if not right:
            yield f"expected fraction at {horizon} {_shown(share)}, found {value}"
    for name, expected in (
        ("overridden", label.overridden),
        ("interrupted", bool(label.interruptions)),
        ("within_five", label.soon),
        ("output_tokens", label.output_tokens),
    ):
        value = getattr(measured, name)
        if expected is not None and value != expected:
            yield f"expected {name} {expected}, found {value}"


def laws(record: Record, delegation: str, found: Found) -> Iterator[str]:
    """What holds in every ledger, whatever happened."""
    work = next(work for work in record.works if work.delegation == delegation)
    if (measured := found.measured) is not None:
        if measured.kept + measured.changed + measured.removed != measured.units:
            yield f"kept + changed + removed are not the units: {measured}"
        for horizon, value in measured.fractions.model_dump().items():
            if value is not None and not 0 <= value <= 1:
                yield f"the fraction at {horizon} is no share: {value}"
    for entry in found.entries:
        seen = sum(opportunity <= entry.at_seq for opportunity in work.opportunities)
        if entry.opportunity != seen:
            yield f"expected {entry.kind} at opportunity {seen}, found {entry.opportunity}"
        if not 0 <= entry.touched <= entry.units:
            yield f"{entry.kind} touched {entry.touched} of {entry.units} units"


def _entries(label: Label, found: Sequence[LedgerEntry]) -> Iterator[str]:
    left = list(found)
    for entry in label.entries:
        match = next((one for one in left if entry.fits(one)), None)
        if match is None:
            yield f"expected {entry.kind} at {entry.at_seq}, found {_listed(found)}"
        else:
            left.remove(match)
    for extra in left:
        if extra.kind not in label.may:
            yield f"found {extra.kind} at {extra.at_seq}, which is not expected"


def _interruptions(label: Label, found: Sequence[InterruptionFound]) -> Iterator[str]:
    if len(found) != len(label.interruptions):
        shown = [(one.how, one.at_seq) for one in found]
        yield f"expected interruptions {label.interruptions}, found {shown}"
        return
    for heard, one in zip(label.interruptions, found, strict=True):
        for name in ("how", "at_seq", "output_tokens", "early"):
            expected, value = getattr(heard, name), getattr(one, name)
            if expected is not None and expected != value:
                yield f"expected interruption {name} {expected}, found {value}"


def _shown(share: Horizon | None) -> str:
    if not isinstance(share, Share):
        return str(share)
    low = f"> {share.above:g}" if share.above >= 0 else f">= {share.at_least:g}"
    high = f"< {share.below:g}" if share.below <= 1 else f"<= {share.at_most:g}"
    return f"{low} and {high}"


def _listed(found: Sequence[LedgerEntry]) -> str:
    return ", ".join(f"{entry.kind} at {entry.at_seq}" for entry in found) or "no entry"


def by_delegation(
    record: Record,
    interruptions: Sequence[InterruptionFound],
    entries: Sequence[LedgerEntry],
    delegations: Sequence[DelegationMeasured],
) -> Mapping[str, Found]:
    """A ledger's findings, sorted by the delegation that they are about."""
    return {
        name: Found(
            next((one for one in delegations if one.delegation == name), None),
            [one for one in entries if one.delegation == name],
            [one for one in interruptions if one.delegation == name],
        )
        for name in (work.delegation for work in record.works)
    }
