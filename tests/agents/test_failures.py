"""Failing tests are counted where a test runner's output says so."""

import pytest

from agentcli.agents.failures import came_nearer, count_failures


@pytest.mark.parametrize(
    ("output", "failures"),
    [
        ("FAILED (failures=2, errors=1)", 3),
        ("=== 3 failed, 4 passed in 0.1s ===", 3),
        ("--- FAIL: TestA\n--- FAIL: TestB\nFAIL", 2),
        ("1 failed\nlater: 2 failed", 2),
        ("OK", None),
        ("", None),
    ],
)
def test_the_last_summary_counts(output: str, failures: int | None) -> None:
    assert count_failures(output) == failures


@pytest.mark.parametrize(
    ("before", "now", "nearer"),
    [
        ("2 failed, 1 passed", "1 failed, 2 passed", True),
        ("1 failed, 1 passed", "2 failed", False),
        ("1 failed, 2 passed", "1 failed, 2 passed", False),
        ("1 failed in 0.1s", "1 failed, 3 passed in 0.1s", True),
        ("Ran 1 test in 0.1s\n\nFAILED (failures=1)", "Ran 4 tests\n\nFAILED (failures=1)", True),
        ("Ran 4 tests\n\nFAILED (failures=1)", "Ran 1 test\n\nFAILED (errors=1)", False),
        ("Killed", "1 failed", False),
    ],
)
def test_nearer_is_fewer_failures_or_later_ones(before: str, now: str, nearer: bool) -> None:
    assert came_nearer(before, now) is nearer
