"""What kind of act it was: five kinds override, seven don't. First match wins."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from agentcli.delegation.ledger.archive import Archive
from agentcli.delegation.ledger.records import Record, Step, Work
from agentcli.delegation.ledger.takeovers import Instead, instead
from agentcli.delegation.ledger.touch import Touch
from agentcli.delegation.ledger.trace import Trace
from agentcli.journal.ledger_events import OtherKind, OverrideKind

Kind = OverrideKind | OtherKind | Literal["unattributed"]

_RESTORES = 0.9  # share of U from which a restoring act is a revert
_REWRITES = 0.5  # share of U from which a change is a rewrite


@dataclass(frozen=True)
class Act:
    """One act towards one delegation's work. `step` is the change of the trunk, if it is one."""

    kind: Kind
    seq: int
    step: Step | None = None
    touched: int = 0
    paths: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Story:
    """A delegation, what became of its units, and what the parent did in place of merging it."""

    work: Work
    trace: Trace
    instead: Instead | None

    @property
    def concerned(self) -> frozenset[int]:
        """The changes of the trunk (their seqs) that touched this delegation's own work."""
        seqs = {t.step.seq for t in self.trace.touches if t.concerns or t.inner}
        return frozenset(seqs | ({self.instead.seq} if self.instead else set()))


def story(record: Record, work: Work, trace: Trace, archive: Archive) -> Story:
    """A delegation's story, from which its acts are told."""
    return Story(work, trace, instead(record, work, trace, archive))


def acts(told: Story, others: Collection[int]) -> list[Act]:
    """All acts towards a delegation's work, in order.

    `others` are the changes that touched another delegation's work: what such an act does around
    this one's is none of its business.
    """
    work, trace = told.work, told.trace
    if work.version is None:
        return []
    found = [
        Act("revise_request", d.seq, reason=d.text) for d in work.deliveries if d.kind == "revise"
    ]
    taken = told.instead
    if taken is not None:
        found.append(
            Act(taken.kind, taken.seq, taken.step, taken.touched, taken.paths, taken.reason)
        )
    for touch in trace.touches if trace.landed is not None else ():
        step = touch.step
        if step.seq < (trace.landed or 0) or (taken is not None and step.seq == taken.seq):
            continue
        kind = _kind(work, trace, touch, alone=step.seq not in others)
        if kind is not None:
            found.append(Act(kind, step.seq, step, len(touch.lost), touch.paths, step.reason))
    return sorted(found, key=lambda act: act.seq)


def _kind(work: Work, trace: Trace, touch: Touch, alone: bool) -> Kind | None:
    match touch.why:
        case "parent":
            return _parents(work, trace, touch, alone)
        case "person":
            return "user_edit" if touch.concerns else None
        case "formatter":
            return "format" if touch.concerns else None
        case "unknown":
            return "unattributed" if touch.lost else None
        case _:
            return None


def _parents(work: Work, trace: Trace, touch: Touch, alone: bool) -> Kind | None:
    if touch.lost:
        return _override(work, trace, touch)
    if touch.inner and touch.step.conflicts:
        return "conflict_fix"
    if touch.moved:
        return "move"
    if touch.laid_out:
        return "format"
    wired = touch.outside if touch.seen else touch.wires
    return "integration_fix" if wired and alone else None


def _override(work: Work, trace: Trace, touch: Touch) -> OverrideKind:
    units = len(trace.units)
    closed = work.closed is not None and work.closed < touch.step.seq
    if touch.step.cause == "rollback":
        return "discard"
    if not work.proposals and not closed:
        return "takeover"
    if touch.undone_after >= _RESTORES * units:
        return "revert"
    return "rewrite" if len(touch.lost) >= _REWRITES * units else "amend"
