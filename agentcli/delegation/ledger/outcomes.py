"""Which tests a verifier's output names, and how each of them ended.

Known are the outputs of pytest, unittest, go test, jest, vitest, mocha, TAP and cargo test. Where
an output names no test, the command's exit code stands for one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agentcli.journal.events import Check

# Pytest names the tests that pass only when asked to; others are taken as they are.
NAMING_ENV: Mapping[str, str] = {"PYTEST_ADDOPTS": "-rA"}

_GOOD = frozenset(("PASSED", "PASS", "ok", "✓", "✔", "√"))
_FORMS = tuple(
    re.compile(form, re.MULTILINE)
    for form in (
        # pytest: its summary, its verbose lines
        r"^(?P<how>PASSED|FAILED|ERROR) (?P<name>\S+\.py(?:::.+?)?)(?: - .*)?$",
        r"^(?P<name>\S+\.py::.+?) (?P<how>PASSED|FAILED|ERROR)(?: +\[ *\d+%\])?$",
        # unittest: verbose lines, the heads of its failures
        r"^(?P<name>\w+ \([\w.]+\))(?:\n.*)? \.\.\. (?P<how>ok|FAIL|ERROR)$",
        r"^(?P<how>FAIL|ERROR): (?P<name>\w+ \([\w.]+\))",
        # go test: tests, packages
        r"^\s*--- (?P<how>PASS|FAIL): (?P<name>\S+) \(",
        r"^(?P<how>ok|FAIL) *\t(?P<name>\S+)",
        # jest, vitest, mocha: tests, files
        r"^\s*(?P<how>[✓✔√✕×✖✗]) (?P<name>.+?)(?: \(?\d+(?:\.\d+)? ?m?s\)?)?$",
        r"^(?P<how>PASS|FAIL) (?P<name>\S+\.[cm]?[jt]sx?)\b",
        r"^\s+\d+\) (?P<name>\S.*)$",
        # TAP
        r"^\s*(?P<how>ok|not ok) \d+ (?:- )?(?P<name>[^#\n]*[^#\s])",
        # cargo test
        r"^test (?P<name>\S.*?) \.\.\. (?P<how>ok|FAILED)$",
    )
)
_NOT_BUILT = re.compile(
    r"\[(?:build|setup) failed\]|^error: could not compile|^error TS\d+: ", re.MULTILINE
)
_NOT_RUN = (126, 127)  # exit codes of a shell that found no such command


@dataclass(frozen=True)
class Outcome:
    """One verdict on one tree. With a `fault` it says nothing about the tree's tests."""

    passed: bool = False
    tests: Mapping[str, bool] = field(default_factory=dict)
    fault: str = ""

    @property
    def names_passes(self) -> bool:
        """Whether tests that pass are named, too; some runners name failures alone."""
        return any(self.tests.values())


def read_outcome(check: Check) -> Outcome:
    """What a finished verifier says."""
    if check.exit_code is None:
        return Outcome(fault="the test command ran out of time")
    if check.exit_code in _NOT_RUN:
        return Outcome(fault=f"the test command can't be run (exit code {check.exit_code})")
    if not check.passed and _NOT_BUILT.search(check.output):
        return Outcome(fault="it doesn't build")
    return Outcome(check.passed, named_tests(check.output))


def named_tests(output: str) -> dict[str, bool]:
    """Each test that the output names, and whether it passed wherever it is named."""
    found: dict[str, bool] = {}
    for form in _FORMS:
        for match in form.finditer(output):
            parts = match.groupdict()
            name = parts["name"].strip()
            found[name] = parts.get("how") in _GOOD and found.get(name, True)
    return found


def flipped(before: Outcome, after: Outcome, command: str) -> frozenset[str]:
    """Tests that pass before and fail after.

    A test that one side doesn't name is left out, unless both name failures alone. When no
    named test tells the verdicts apart, the command itself is the one that flipped.
    """
    only_failures = not before.names_passes and not after.names_passes
    broken = {
        name
        for name, good in after.tests.items()
        if not good and before.tests.get(name, only_failures)
    }
    if not broken and before.passed and not after.passed:
        broken = {command}
    return frozenset(broken)
