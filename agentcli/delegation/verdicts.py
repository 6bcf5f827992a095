"""Hold two verdicts of the same verifier against each other, test by test where they name tests.

Runners name the tests that fail, also when they are quiet, but rarely those that pass. So a test
counts as passing where a complete list of failures doesn't hold it. A list is complete when it is
as long as the runner's own count says; else the exit codes alone are compared.
"""

import re
from dataclasses import dataclass

from agentcli.agents.failures import count_failures
from agentcli.journal.events import Check, Verified

_FAILED = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^(?:FAILED|ERROR) (\S+?\.\w+(?:::.*?)?)(?: - .*)?$",  # pytest's short summary
        r"^(?:FAIL|ERROR): (.+)$",  # unittest
        r"^\s*--- FAIL: (\S+)",  # Go
        r"^test (\S+) \.\.\. FAILED$",  # cargo
        r"^\s*not ok \d+ (?:- )?(.+?)(?: # .*)?$",  # TAP
        r"^\s*[✕✗×] (.+?)(?: \(\d+ m?s\))?$",  # jest, vitest, mocha
    )
)


@dataclass(frozen=True)
class Comparison:
    """What the second tree breaks and mends of what the first one had."""

    broken: frozenset[str]
    mended: frozenset[str]

    @property
    def better(self) -> bool:
        """The second mends something and breaks nothing."""
        return bool(self.mended) and not self.broken


def compare(first: Verified, second: Verified) -> Comparison:
    """By tests; by exit code alone (as one test, the command) where those can't be told apart.

    Where a verdict was given a second time with the original tests, that one counts.
    """
    one, two = _deciding(first), _deciding(second)
    failed_in_one, failed_in_two = failed_tests(one), failed_tests(two)
    if failed_in_one is None or failed_in_two is None:
        failed_in_one, failed_in_two = _command(one), _command(two)
    return Comparison(failed_in_two - failed_in_one, failed_in_one - failed_in_two)


def failed_tests(check: Check) -> frozenset[str] | None:
    """The names of the tests that failed; None when the output doesn't tell all of them."""
    if check.passed:
        return frozenset()
    if check.exit_code is None:  # killed: what would have followed is unknown
        return None
    for pattern in _FAILED:
        names = frozenset(name.strip() for name in pattern.findall(check.output))
        if names:
            return names if len(names) == (count_failures(check.output) or len(names)) else None
    return None


def _deciding(verified: Verified) -> Check:
    return verified.pristine or verified.check


def _command(check: Check) -> frozenset[str]:
    return frozenset() if check.passed else frozenset({check.command})
