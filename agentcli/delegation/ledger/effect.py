"""Effect of an override: the same pristine verifier on what would have stood and on what stands.

Parents override what looks bad to them, so a share of harmful overrides is no causal estimate;
the lottery gate gives that (docs/overrides.md).
"""

from collections.abc import Awaitable, Callable, Sequence

from agentcli.delegation.ledger.outcomes import Outcome, flipped, read_outcome
from agentcli.errors import SandboxFault
from agentcli.journal.events import Check, EffectMeasured
from agentcli.journal.ledger_events import Effect

Judge = Callable[[str], Awaitable[Check]]  # the pristine verifier on a tree

REPEATS = 3  # verdicts on each tree before a difference is believed


class Verdicts:
    """The verifier's outcomes by tree. No tree is judged more often than needed."""

    def __init__(self, judge: Judge, command: str) -> None:
        self.command = command
        self._judge = judge
        self._known: dict[str, list[Outcome]] = {}

    async def of(self, tree: str, times: int = 1) -> Sequence[Outcome]:
        """The first `times` outcomes on a tree."""
        known = self._known.setdefault(tree, [])
        while len(known) < times:
            try:
                known.append(read_outcome(await self._judge(tree)))
            except SandboxFault as fault:
                known.append(Outcome(fault=fault.message))
        return known[:times]


async def measure_effect(
    number: int, expected: str, final: str, verdicts: Verdicts
) -> EffectMeasured:
    """Judge both trees; where they differ, believe only what each of three repeats says."""
    before, after = await verdicts.of(expected), await verdicts.of(final)
    if expected != final and _flips(before, after, verdicts.command) != (set(), set()):
        before = await verdicts.of(expected, REPEATS)
        after = await verdicts.of(final, REPEATS)
    seen = [_flips([b], [a], verdicts.command) for b, a in zip(before, after, strict=True)]
    broken, mended = _flips(before, after, verdicts.command)
    fault = next((each.fault for each in (*before, *after) if each.fault), "")
    if not fault and not broken | mended and any(one != (set(), set()) for one in seen):
        fault = "three repeats disagree"
    return EffectMeasured(
        number=number,
        effect="unscorable" if fault else _effect(broken, mended),
        expected_passed=_verdict(before),
        final_passed=_verdict(after),
        broken=() if fault else tuple(sorted(broken)),
        mended=() if fault else tuple(sorted(mended)),
        repeats=len(before),
        reason=fault,
    )


def _flips(
    before: Sequence[Outcome], after: Sequence[Outcome], command: str
) -> tuple[set[str], set[str]]:
    """Tests that broke and tests that were mended, in every pair of outcomes."""
    pairs = list(zip(before, after, strict=True))
    broken = [flipped(b, a, command) for b, a in pairs]
    mended = [flipped(a, b, command) for b, a in pairs]
    return set(frozenset.intersection(*broken)), set(frozenset.intersection(*mended))


def _verdict(outcomes: Sequence[Outcome]) -> bool | None:
    """What most repeats say; None when one could not be scored."""
    if any(outcome.fault for outcome in outcomes):
        return None
    return 2 * sum(outcome.passed for outcome in outcomes) > len(outcomes)


def _effect(broken: set[str], mended: set[str]) -> Effect:
    match bool(broken), bool(mended):
        case True, True:
            return "mixed"
        case True, False:
            return "harmful"
        case False, True:
            return "helpful"
        case _:
            return "neutral"
