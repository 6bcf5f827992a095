"""`lottery`: denies a random share of overrides, so that the effect of allowing them can be told.

Parents override what looks bad, so overridden work compares badly whatever the override does. A
coin that doesn't look at the work makes the two groups alike. It is tossed once for a delegation:
whoever is denied and asks again, the same way or another, is denied again. Else persistence would
wear the lottery down, and the share denied would not be the one that was set.
"""

import hashlib
from dataclasses import dataclass

from agentcli.delegation.gates.base import Decision, OverrideRequest

_BITS = 53  # of a float's precision


@dataclass(frozen=True)
class LotteryGate:
    """Denies with probability `share`. Each draw follows from the run's seed and the delegation."""

    share: float
    seed: int
    name: str = "lottery"

    async def decide(self, request: OverrideRequest) -> Decision:
        drawn = draw(self.seed, request.delegation)
        allowed = drawn >= self.share
        said = "at least" if allowed else "below"
        return Decision(allowed, f"The draw {drawn:.3f} is {said} {self.share:g}.", draw=drawn)


def draw(seed: int, delegation: str) -> float:
    """Uniform in [0, 1): the same for a delegation, whenever and however often it is asked for."""
    digest = hashlib.sha256(f"{seed}/{delegation}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> (64 - _BITS)) / 2.0**_BITS
