"""Which tests failed, by what a runner printed, and which of two trees is the better."""

import pytest

from agentcli.delegation.verdicts import compare, failed_tests
from agentcli.journal.events import Check, Verified

PYTEST = """\
.F.E                                                                [100%]
FAILED tests/test_a.py::test_sum[1-2] - assert 3 == 4
FAILED tests/test_a.py::T::test_b
ERROR tests/test_c.py - ModuleNotFoundError: No module named 'x'
2 failed, 2 passed, 1 error in 0.12s
"""
UNITTEST = """\
FAIL: test_add (test_calc.T.test_add)
ERROR: test_sub (test_calc.T.test_sub)
Ran 3 tests in 0.001s

FAILED (failures=1, errors=1)
"""
GO = "--- FAIL: TestSum (0.00s)\n    --- FAIL: TestSum/empty (0.00s)\nFAIL\nexit status 1\n"
CARGO = """\
test tests::adds ... ok
test tests::subtracts ... FAILED
test result: FAILED. 1 passed; 1 failed; 0 ignored
"""
TAP = "ok 1 - adds\nnot ok 2 - subtracts\n1..2\n"
JEST = """\
  ✓ adds (2 ms)
  ✕ subtracts (3 ms)
Tests:       1 failed, 1 passed, 2 total
"""


def check(output: str, exit_code: int | None = 1) -> Check:
    return Check(command="run", exit_code=exit_code, passed=exit_code == 0, output=output)


def verified(output: str, exit_code: int | None = 1) -> Verified:
    return Verified(tree="t", check=check(output, exit_code))


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (
            PYTEST,
            {"tests/test_a.py::test_sum[1-2]", "tests/test_a.py::T::test_b", "tests/test_c.py"},
        ),
        (UNITTEST, {"test_add (test_calc.T.test_add)", "test_sub (test_calc.T.test_sub)"}),
        (GO, {"TestSum", "TestSum/empty"}),
        (CARGO, {"tests::subtracts"}),
        (TAP, {"subtracts"}),
        (JEST, {"subtracts"}),
    ],
)
def test_runners_name_what_failed(output: str, names: set[str]) -> None:
    assert failed_tests(check(output)) == names


def test_what_passed_failed_nowhere() -> None:
    assert failed_tests(check("whatever", 0)) == frozenset()


@pytest.mark.parametrize(
    ("output", "exit_code"),
    [
        ("make: *** [test] Error 2", 1),
        ("", 1),
        (PYTEST, None),  # killed: more would have followed
        (PYTEST.replace("2 failed", "9 failed"), 1),  # most of the names were clipped away
    ],
)
def test_an_incomplete_list_is_none(output: str, exit_code: int | None) -> None:
    assert failed_tests(check(output, exit_code)) is None


def test_two_trees_are_compared_test_by_test() -> None:
    found = compare(verified(CARGO), verified(CARGO.replace("subtracts", "multiplies")))
    assert (found.broken, found.mended) == ({"tests::multiplies"}, {"tests::subtracts"})
    assert not found.better
    assert compare(verified(GO), verified("--- FAIL: TestSum (0.00s)\n")).better


def test_else_the_exit_codes_are_compared() -> None:
    assert compare(verified("Error 2"), verified("", 0)).mended == {"run"}
    assert compare(verified("", 0), verified("Error 2")).broken == {"run"}
    same = compare(verified("Error 2"), verified(CARGO))
    assert (same.broken, same.mended, same.better) == (frozenset(), frozenset(), False)


def test_the_verdict_with_the_original_tests_counts() -> None:
    weakened = Verified(
        tree="t", check=check("", 0), changed_tests=("test_calc.py",), pristine=check(CARGO)
    )
    assert not compare(verified(CARGO), weakened).better
