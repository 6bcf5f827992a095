"""Effect of an override: the same pristine verifier on what would have stood and on what stands.

Parents override what looks bad to them, so a share of harmful overrides is no causal estimate;
the lottery gate gives that (docs/overrides.md).
"""

import re
from collections.abc import Sequence

from agentcli.delegation.judging import Outcome, Verdicts
from agentcli.delegation.verdicts import Comparison
from agentcli.journal.events import EffectMeasured
from agentcli.journal.ledger_events import Effect

_NOT_RUN = (126, 127)  # exit codes of a shell that found no such command
_NOT_BUILT = re.compile(
    r"\[(?:build|setup) failed\]|^error: could not compile|\berror TS\d+: ", re.MULTILINE
)


async def measure_effect(
    number: int, expected: str, final: str, verdicts: Verdicts
) -> EffectMeasured:
    """Judge both trees; where they differ, believe only what each of three repeats says."""
    before, after = await verdicts.of(expected), await verdicts.of(final)
    found = Comparison(frozenset(), frozenset())
    reason = _unscorable(before, after)
    if not reason:
        both = await verdicts.believed(expected, final)
        before, after, found = both.first, both.second, both.found
        reason = "three repeats disagree" if both.disagree else _unscorable(before, after)
    return EffectMeasured(
        number=number,
        effect="unscorable" if reason else _effect(found),
        expected_passed=_verdict(before),
        final_passed=_verdict(after),
        broken=tuple(sorted(found.broken)),
        mended=tuple(sorted(found.mended)),
        repeats=len(before),
        reason=reason,
    )


def says_nothing(outcome: Outcome) -> str:
    """Why an outcome tells nothing about the tree's tests; empty when it does."""
    check = outcome.check
    if check is None:
        return outcome.fault
    if check.exit_code is None:
        return "the test command ran out of time"
    if check.exit_code in _NOT_RUN:
        return f"the test command can't be run (exit code {check.exit_code})"
    if not check.passed and _NOT_BUILT.search(check.output):
        return "it doesn't build"
    return ""


def _unscorable(before: Sequence[Outcome], after: Sequence[Outcome]) -> str:
    return next((why for each in (*before, *after) if (why := says_nothing(each))), "")


def _verdict(outcomes: Sequence[Outcome]) -> bool | None:
    """What most repeats say; None when one could not be scored."""
    if any(map(says_nothing, outcomes)):
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
