"""One budget for the whole tree of agents, checked before each model call and each spawn."""

import time
from dataclasses import dataclass

from agentcli.errors import LimitReached
from agentcli.journal.events import ModelReplied
from agentcli.settings import Settings


@dataclass(frozen=True)
class Caps:
    """Limits; None means none. Tokens count input and output, cost is US dollars."""

    max_tokens: int | None = None
    max_cost: float | None = None
    max_steps: int | None = None
    max_time: float | None = None
    max_frames: int | None = None

    @classmethod
    def of_run(cls, settings: Settings) -> "Caps":
        """The limits that the settings put on a whole run."""
        return cls(
            settings.max_tokens,
            settings.max_cost,
            settings.max_steps,
            settings.max_time,
            settings.max_frames,
        )


class Budget:
    """What was spent, against the caps. A part of it (`slice`) also counts against the whole."""

    def __init__(
        self,
        caps: Caps,
        *,
        scope: str = "run",
        whole: "Budget | None" = None,
        elapsed: float = 0.0,
    ) -> None:
        self.caps = caps
        self.tokens = 0
        self.cost = 0.0
        self.unpriced = False  # some reply had no known price: the cost is a lower bound
        self.steps = 0
        self.frames = 0
        self._scope = scope
        self._whole = whole
        self._started = time.monotonic() - elapsed

    def slice(self, scope: str, caps: Caps) -> "Budget":
        """A share for one agent; what it spends is spent from here as well."""
        return Budget(caps, scope=scope, whole=self)

    @property
    def elapsed(self) -> float:
        """Seconds of work, without the gaps between a stop and a resume."""
        return time.monotonic() - self._started

    def time_left(self) -> float | None:
        """Seconds until max_time, never negative; None when there is no such limit."""
        if self.caps.max_time is None:
            return None
        return max(0.0, self.caps.max_time - self.elapsed)

    def tokens_left(self) -> int | None:
        """The tightest remaining number of tokens up the tree."""
        own = None if self.caps.max_tokens is None else self.caps.max_tokens - self.tokens
        above = self._whole.tokens_left() if self._whole else None
        known = [left for left in (own, above) if left is not None]
        return max(0, min(known)) if known else None

    def check_call(self) -> None:
        """Raise LimitReached when another model call would not be within the limits."""
        if self._whole is not None:
            self._whole.check_call()
        caps = self.caps
        if caps.max_steps is not None and self.steps >= caps.max_steps:
            raise LimitReached("max_steps", caps.max_steps, self._scope)
        if caps.max_tokens is not None and self.tokens >= caps.max_tokens:
            raise LimitReached("max_tokens", caps.max_tokens, self._scope)
        if caps.max_cost is not None and self.cost >= caps.max_cost:
            raise LimitReached("max_cost", caps.max_cost, self._scope)
        if caps.max_time is not None and self.elapsed >= caps.max_time:
            raise LimitReached("max_time", caps.max_time, self._scope)

    def frames_left(self) -> bool:
        """Whether another delegation is within the run's limit."""
        top = self
        while top._whole is not None:
            top = top._whole
        return top.caps.max_frames is None or top.frames < top.caps.max_frames

    def spend(self, reply: ModelReplied) -> None:
        """Count a reply, here and in the whole."""
        self.tokens += reply.usage.total
        self.cost += reply.cost or 0.0
        self.unpriced |= reply.cost is None
        self.steps += 1
        if self._whole is not None:
            self._whole.spend(reply)

    def spawn(self) -> None:
        """Count a delegation, here and in the whole."""
        self.frames += 1
        if self._whole is not None:
            self._whole.spawn()
