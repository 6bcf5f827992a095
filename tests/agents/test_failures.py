"""Failing tests are counted where a test runner's output says so."""

import pytest

from agentcli.agents.failures import count_failures


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
