"""Guards look at what the agent does and step in when it goes round in circles."""

import hashlib
import json
import re
from collections import Counter, deque
from dataclasses import dataclass
from typing import Protocol

from agentcli.agents.failures import came_nearer
from agentcli.journal.events import ToolReturned


@dataclass(frozen=True)
class Finding:
    """A guard's word: `stop` ends the agent, otherwise `text` is told to the model."""

    guard: str
    text: str
    stop: bool = False


class Guard(Protocol):
    """Sees each tool result in order. Pure bookkeeping, so that recall repeats it exactly."""

    def after(self, returned: ToolReturned) -> Finding | None:
        """A warning about what was just done, or None."""


class RepeatGuard:
    """The same call with the same result, again and again."""

    def __init__(self, warn_at: int = 3, stop_at: int = 6) -> None:
        self._warn_at, self._stop_at = warn_at, stop_at
        self._last = ""
        self._count = 0

    def after(self, returned: ToolReturned) -> Finding | None:
        key = _fingerprint(returned)
        self._count = self._count + 1 if key == self._last else 1
        self._last = key
        if self._count >= self._stop_at:
            return Finding(
                "repeat", f"the same call gave the same result {self._count} times", True
            )
        if self._count == self._warn_at:
            return Finding("repeat", f"This call gave the same result {self._count} times.")
        return None


class CycleGuard:
    """Two calls in turn, A-B-A-B, with unchanged results."""

    def __init__(self, warn_at: int = 6, stop_at: int = 12) -> None:
        self._warn_at, self._stop_at = warn_at, stop_at
        self._seen: deque[str] = deque(maxlen=stop_at)

    def after(self, returned: ToolReturned) -> Finding | None:
        self._seen.append(_fingerprint(returned))
        if self._alternates(self._stop_at):
            return Finding("cycle", "the same two calls took turns without any change", True)
        if self._alternates(self._warn_at) and not self._alternates(self._warn_at + 1):
            return Finding("cycle", "You repeat the same two calls with the same results.")
        return None

    def _alternates(self, length: int) -> bool:
        if len(self._seen) < length:
            return False
        tail = list(self._seen)[-length:]
        return tail[0] != tail[1] and all(tail[i] == tail[i % 2] for i in range(length))


class ProgressGuard:
    """Many results in a row that were all seen before, and no file changed."""

    def __init__(self, warn_at: int = 10, stop_at: int = 20) -> None:
        self._warn_at, self._stop_at = warn_at, stop_at
        self._seen: Counter[str] = Counter()
        self._stale = 0

    def after(self, returned: ToolReturned) -> Finding | None:
        key = _fingerprint(returned)
        self._seen[key] += 1
        new = self._seen[key] == 1 or returned.checkpoint is not None
        self._stale = 0 if new else self._stale + 1
        if self._stale >= self._stop_at:
            return Finding("progress", f"{self._stale} steps brought nothing new", True)
        if self._stale == self._warn_at:
            return Finding("progress", f"The last {self._stale} steps brought nothing new.")
        return None


class TriesGuard:
    """Finishes that the check refuses, one after the other, and none nearer than the best.

    For small models: one that has found no way in so many tries finds none.
    """

    def __init__(self, stop_at: int = 6) -> None:
        self._stop_at = stop_at
        self._best = ""
        self._failed = 0

    def after(self, returned: ToolReturned) -> Finding | None:
        check = returned.check
        if returned.call.name != "finish" or returned.ok or check is None:
            return None
        if not self._failed or came_nearer(self._best, check.output):
            self._best, self._failed = check.output, 0
        self._failed += 1
        if self._failed < self._stop_at:
            return None
        return Finding("tries", f"{self._failed} tries brought {check.command} no nearer", True)


def default_guards() -> tuple[Guard, ...]:
    """A fresh set for one agent."""
    return (RepeatGuard(), CycleGuard(), ProgressGuard())


_DURATION = re.compile(r"\d+(\.\d+)?\s*(ms|s|sec|seconds)\b")  # test runners print these


def _fingerprint(returned: ToolReturned) -> str:
    call = returned.call
    output = _DURATION.sub("", returned.output)
    text = json.dumps([call.name, call.arguments, output], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
