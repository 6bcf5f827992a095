"""The moments of a run at which a parent stepped in: interruptions and overrides, in order."""

from dataclasses import dataclass

from agentcli.journal.events import EffectMeasured, InterruptionFound, LedgerEntry
from agentcli.journal.ledger_folds import LedgerView
from agentcli.plain import counted, plain

_PASSED = {True: "tests pass", False: "tests fail", None: "can't be scored"}


@dataclass(frozen=True)
class Moment:
    """One of them, in words. `number` is an override's; an interruption has none."""

    at_seq: int
    who: str  # parent → child
    what: str
    when: str
    reason: str
    number: int | None = None
    effect: str = ""
    facts: tuple[str, ...] = ()
    is_restored: bool = False


def moments(view: LedgerView) -> list[Moment]:
    """All of them in the order of the acts."""
    found = [_override(entry, view) for entry in view.entries.values()]
    found += [_interruption(body) for body in view.interruptions.values()]
    return sorted(found, key=lambda moment: (moment.at_seq, moment.number or 0))


def why_none(view: LedgerView) -> str:
    """In one line why there is nothing to show."""
    if view.failure:
        return f"The ledger could not be found: {plain(view.failure)}"
    if not view.delegated:
        return "No work was handed down, so nobody could be overridden."
    if not view.found:
        return "Who overrode whom is found when the run is over."
    return f"{counted(len(view.delegated), 'delegation')}, and nobody's work was overridden."


def _override(entry: LedgerEntry, view: LedgerView) -> Moment:
    effect = view.effects.get(entry.number)
    units = f"{entry.touched} of {entry.units} units touched"
    return Moment(
        at_seq=entry.at_seq,
        who=f"{entry.parent} → {entry.child}",
        what=entry.kind.replace("_", " "),
        when=f"at its step {entry.parent_step}",
        reason=plain(entry.reason),
        number=entry.number,
        effect=effect.effect if effect else "" if entry.is_override else "no override",
        facts=(f"{units} in {plain(', '.join(entry.paths)) or 'no files'}", *_tests(effect)),
        is_restored=entry.number in view.restored,
    )


def _tests(effect: EffectMeasured | None) -> list[str]:
    if effect is None:
        return ["tests before and after: not measured"]
    before, after = _PASSED[effect.expected_passed], _PASSED[effect.final_passed]
    lines = [f"child's version: {before} · parent's version: {after}"]
    lines += [f"✗ broken: {plain(name)}" for name in effect.broken]
    lines += [f"✓ mended: {plain(name)}" for name in effect.mended]
    return lines


def _interruption(body: InterruptionFound) -> Moment:
    early = ", before its first whole function, class or test" if body.early else ""
    return Moment(
        at_seq=body.at_seq,
        who=f"{body.parent} → {body.child}",
        what=f"interruption: {body.how}",
        when=f"at the child's step {body.child_step}",
        reason=plain(body.reason),
        facts=(f"after {body.output_tokens:,} tokens of the child{early}",),
    )
