"""Read a test runner's output, to see whether a try came nearer."""

import re

# The summaries of unittest, pytest, jest/mocha and cargo; then Go's and TAP's single failures.
_COUNTS = re.compile(
    r"\b(?:failures|errors)=(\d+)|\b(\d+) (?:failed|failing|errors?)\b", re.IGNORECASE
)
_REACHED = re.compile(r"\bRan (\d+) tests?\b|\b(\d+) (?:passed|passing)\b", re.IGNORECASE)
_SINGLE = re.compile(r"^(?:\s*--- FAIL|not ok|FAIL:|ERROR:)", re.MULTILINE)


def count_failures(output: str) -> int | None:
    """How many tests fail by the last summary line of an output; None when it doesn't say."""
    for line in reversed(output.splitlines()):
        found = [int(a or b) for a, b in _COUNTS.findall(line)]
        if found:
            return sum(found)
    return len(_SINGLE.findall(output)) or None


def came_nearer(before: str, now: str) -> bool:
    """Whether fewer tests fail now than before, or as many but later ones.

    The second is how progress looks under a command that stops at the first failure.
    """
    failed_before, failed_now = count_failures(before), count_failures(now)
    if failed_before is None or failed_now is None:
        return False
    if failed_before != failed_now:
        return failed_now < failed_before
    return _reached(now) > _reached(before)


def _reached(output: str) -> int:
    """How many tests were run (unittest) or passed (others) by the last line that says so."""
    found = _REACHED.findall(output)
    return int(found[-1][0] or found[-1][1]) if found else 0
