"""Verdicts on trees: each tree judged no more often than needed, a difference believed only when
repeats say the same.

One set of verdicts serves a run's evidence gate and, later, the effects of its overrides.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from agentcli.delegation.verdicts import Comparison, compare
from agentcli.errors import SandboxFault
from agentcli.journal.events import Check, Verified

JudgeTree = Callable[[str], Awaitable[Verified]]  # the pristine verifier on a tree

REPEATS = 3  # verdicts on each tree before a difference is believed
SAME = Comparison(frozenset(), frozenset())


@dataclass(frozen=True)
class Outcome:
    """One verdict on one tree; without one, `fault` says why the tree could not be judged."""

    verified: Verified | None
    fault: str = ""

    @property
    def check(self) -> Check | None:
        """What decides: the check with the original tests where agents changed them."""
        return (self.verified.pristine or self.verified.check) if self.verified else None

    @property
    def passed(self) -> bool:
        return self.check is not None and self.check.passed


@dataclass(frozen=True)
class Believed:
    """Outcomes on two trees, and what each pair of them says of the second tree."""

    first: Sequence[Outcome]
    second: Sequence[Outcome]
    found: Comparison

    @property
    def fault(self) -> str:
        """Why a tree could not be judged; empty when both were."""
        return next((each.fault for each in (*self.first, *self.second) if each.fault), "")

    @property
    def disagree(self) -> bool:
        """Whether one look saw a difference that the repeats don't bear out."""
        return not self.fault and len(self.first) > 1 and self.found == SAME


class Verdicts:
    """The verifier's outcomes by tree."""

    def __init__(self, judge: JudgeTree) -> None:
        self._judge = judge
        self._known: dict[str, list[Outcome]] = {}

    async def now(self, tree: str) -> Verified:
        """A new verdict on a tree, kept with the others. Raises SandboxFault."""
        verified = await self._judge(tree)
        self._known.setdefault(tree, []).append(Outcome(verified))
        return verified

    async def of(self, tree: str, times: int = 1) -> Sequence[Outcome]:
        """The first `times` outcomes on a tree."""
        known = self._known.setdefault(tree, [])
        while len(known) < times:
            known.append(await self._outcome(tree))
        return known[:times]

    async def believed(self, first: str, second: str) -> Believed:
        """One look at each tree, and repeats where they differ."""
        times = 1
        while True:
            both = await self.of(first, times), await self.of(second, times)
            found = _agreed(*both)
            if found == SAME or times == REPEATS:
                return Believed(*both, found)
            times = REPEATS

    async def _outcome(self, tree: str) -> Outcome:
        try:
            return Outcome(await self._judge(tree))
        except SandboxFault as fault:
            return Outcome(None, fault.message)


def _agreed(first: Sequence[Outcome], second: Sequence[Outcome]) -> Comparison:
    """What every pair of outcomes says; nothing, if one of them is no verdict."""
    pairs = [
        compare(one.verified, two.verified) if one.verified and two.verified else SAME
        for one, two in zip(first, second, strict=True)
    ]
    return Comparison(
        frozenset.intersection(*(pair.broken for pair in pairs)),
        frozenset.intersection(*(pair.mended for pair in pairs)),
    )
