"""`evidence`: the verifier runs on both trees, and the better one lands.

Better means that at least one test more passes and none less (see `verdicts`). A tie, tests
broken as well as mended, verdicts that don't repeat, and a tree that can't be judged all keep the
child's version: who wants to override has to show that it helps.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from agentcli.delegation.gates.base import Decision, OverrideRequest
from agentcli.delegation.judging import Verdicts
from agentcli.delegation.verdicts import Comparison

_NAMED = 3  # tests that a reason names


@dataclass(frozen=True)
class EvidenceGate:
    verdicts: Verdicts
    name: str = "evidence"

    async def decide(self, request: OverrideRequest) -> Decision:
        if request.without == request.with_act:
            return Decision(True, "Both trees are the same, so there is nothing to judge.")
        both = await self.verdicts.believed(request.without, request.with_act)
        if both.fault:
            return Decision(False, f"The trees could not be judged: {both.fault}")
        if both.disagree:
            return Decision(False, "Repeats disagree about what the tests say.")
        return Decision(both.found.better, _reason(both.found))


def _reason(found: Comparison) -> str:
    if not found.mended and not found.broken:
        return "The tests say the same of both versions."
    said = [
        f"{verb} {_names(tests)}"
        for verb, tests in (("mends", found.mended), ("breaks", found.broken))
        if tests
    ]
    return f"The override {' and '.join(said)}."


def _names(tests: Iterable[str]) -> str:
    names = sorted(tests)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
