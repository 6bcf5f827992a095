"""When a failed call is tried again, and how long that waits."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agentcli.models.faults import Failure

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential waits with a cap and full jitter; a provider's Retry-After wins. In seconds.

    A Retry-After beyond `patience` is not waited for: the call is given up (to the fallback).
    """

    retries: int = 4
    base: float = 1.0
    cap: float = 30.0
    patience: float = 90.0
    draw: Callable[[], float] = random.random
    sleep: Sleep = asyncio.sleep

    def wait(self, failures: int, failure: Failure) -> float | None:
        """Seconds to wait after the `failures`-th failure in a row, or None to give up."""
        if not failure.heals or failures > self.retries:
            return None
        if failure.retry_after is not None:
            return failure.retry_after if failure.retry_after <= self.patience else None
        return min(self.cap, self.base * 2.0 ** (failures - 1)) * self.draw()
