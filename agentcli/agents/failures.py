"""Count failing tests in a test runner's output, to see whether a try came nearer."""

import re

# The summaries of unittest, pytest, jest/mocha and cargo; then Go's and TAP's single failures.
_COUNTS = re.compile(
    r"\b(?:failures|errors)=(\d+)|\b(\d+) (?:failed|failing|errors?)\b", re.IGNORECASE
)
_SINGLE = re.compile(r"^(?:\s*--- FAIL|not ok|FAIL:|ERROR:)", re.MULTILINE)


def count_failures(output: str) -> int | None:
    """How many tests fail by the last summary line of an output; None when it doesn't say."""
    for line in reversed(output.splitlines()):
        found = [int(a or b) for a, b in _COUNTS.findall(line)]
        if found:
            return sum(found)
    return len(_SINGLE.findall(output)) or None
