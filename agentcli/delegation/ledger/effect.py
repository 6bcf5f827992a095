"""Effect of an override: the same pristine verifier on what would have stood and on what stands.

Parents override what looks bad to them, so a share of harmful overrides is no causal estimate;
the lottery gate gives that (docs/overrides.md).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agentcli.delegation.gates.base import JudgeTree
from agentcli.delegation.verdicts import Comparison, compare
from agentcli.errors import SandboxFault
from agentcli.journal.events import Check, EffectMeasured, Verified
from agentcli.journal.ledger_events import Effect

REPEATS = 3  # verdicts on each tree before a difference is believed

_NOT_RUN = (126, 127)  # exit codes of a shell that found no such command
_NOT_BUILT = re.compile(
    r"\[(?:build|setup) failed\]|^error: could not compile|\berror TS\d+: ", re.MULTILINE
)


@dataclass(frozen=True)
class Outcome:
    """One verdict on one tree. With a `fault` it says nothing about the tree's tests."""

    verified: Verified | None
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Whether it passes, with the original tests where agents changed them."""
        return self.verified is not None and _deciding(self.verified).passed


class Verdicts:
    """The verifier's outcomes by tree. No tree is judged more often than needed."""

    def __init__(self, judge: JudgeTree) -> None:
        self._judge = judge
        self._known: dict[str, list[Outcome]] = {}

    async def of(self, tree: str, times: int = 1) -> Sequence[Outcome]:
        """The first `times` outcomes on a tree."""
        known = self._known.setdefault(tree, [])
        while len(known) < times:
            known.append(await self._outcome(tree))
        return known[:times]

    async def _outcome(self, tree: str) -> Outcome:
        try:
            verified = await self._judge(tree)
        except SandboxFault as fault:
            return Outcome(None, fault.message)
        return Outcome(verified, _fault(_deciding(verified)))


async def measure_effect(
    number: int, expected: str, final: str, verdicts: Verdicts
) -> EffectMeasured:
    """Judge both trees; where they differ, believe only what each of three repeats says."""
    before, after = await verdicts.of(expected), await verdicts.of(final)
    fault = next((each.fault for each in (*before, *after) if each.fault), "")
    if not fault and _differ(before[0], after[0]) != _SAME:
        before = await verdicts.of(expected, REPEATS)
        after = await verdicts.of(final, REPEATS)
        fault = next((each.fault for each in (*before, *after) if each.fault), "")
    found = _SAME if fault else _agreed(before, after)
    if not fault and found == _SAME and len(before) > 1:
        fault = "three repeats disagree"
    return EffectMeasured(
        number=number,
        effect="unscorable" if fault else _effect(found),
        expected_passed=_verdict(before),
        final_passed=_verdict(after),
        broken=tuple(sorted(found.broken)),
        mended=tuple(sorted(found.mended)),
        repeats=len(before),
        reason=fault,
    )


_SAME = Comparison(frozenset(), frozenset())


def _differ(before: Outcome, after: Outcome) -> Comparison:
    assert before.verified is not None and after.verified is not None
    return compare(before.verified, after.verified)


def _agreed(before: Sequence[Outcome], after: Sequence[Outcome]) -> Comparison:
    """What every pair of outcomes says."""
    pairs = [_differ(b, a) for b, a in zip(before, after, strict=True)]
    return Comparison(
        frozenset.intersection(*(pair.broken for pair in pairs)),
        frozenset.intersection(*(pair.mended for pair in pairs)),
    )


def _verdict(outcomes: Sequence[Outcome]) -> bool | None:
    """What most repeats say; None when one could not be scored."""
    if any(outcome.fault for outcome in outcomes):
        return None
    return 2 * sum(outcome.passed for outcome in outcomes) > len(outcomes)


def _effect(found: Comparison) -> Effect:
    match bool(found.broken), bool(found.mended):
        case True, True:
            return "mixed"
        case True, False:
            return "harmful"
        case False, True:
            return "helpful"
        case _:
            return "neutral"


def _deciding(verified: Verified) -> Check:
    return verified.pristine or verified.check


def _fault(check: Check) -> str:
    """Why a verdict says nothing about the tests, if so."""
    if check.exit_code is None:
        return "the test command ran out of time"
    if check.exit_code in _NOT_RUN:
        return f"the test command can't be run (exit code {check.exit_code})"
    if not check.passed and _NOT_BUILT.search(check.output):
        return "it doesn't build"
    return ""
