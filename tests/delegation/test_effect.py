"""Effect: what an override did to the tests, and when nothing can be said about it."""

from collections.abc import Iterator, Mapping

import pytest

from agentcli.delegation.judging import REPEATS, Verdicts
from agentcli.delegation.ledger.effect import measure_effect
from agentcli.errors import SandboxFault
from agentcli.journal.events import Check, Verified


def check(output: str = "", code: int | None = 0) -> Check:
    return Check(command="make test", exit_code=code, passed=code == 0, output=output)


def failing(*tests: str) -> Check:
    lines = [f"FAILED tests/test_a.py::{test} - assert" for test in tests]
    return check("\n".join([*lines, f"{len(tests)} failed, 3 passed in 0.1s"]), 1)


class Bench:
    """A verifier whose outcomes are made up; the last one of a tree is given again and again."""

    def __init__(self, outcomes: Mapping[str, list[Check]]) -> None:
        self.judged: list[str] = []
        self._outcomes: dict[str, Iterator[Check]] = {
            tree: iter([*checks, *checks[-1:] * 9]) for tree, checks in outcomes.items()
        }

    async def judge(self, tree: str) -> Verified:
        self.judged.append(tree)
        return Verified(tree=tree, check=next(self._outcomes[tree]))


GOOD, BAD = check("4 passed"), failing("test_x")


@pytest.mark.parametrize(
    ("expected", "final", "effect"),
    [
        (GOOD, BAD, "harmful"),
        (BAD, GOOD, "helpful"),
        (failing("test_x"), failing("test_y"), "mixed"),
        (BAD, BAD, "neutral"),
        (GOOD, GOOD, "neutral"),
        (failing("test_x", "test_y"), failing("test_x"), "helpful"),
        (check("boom", 2), GOOD, "helpful"),  # no test is named: the exit code is the test
        (GOOD, check("", None), "unscorable"),
        (GOOD, check("sh: pytest: not found", 127), "unscorable"),
        (GOOD, check("FAIL\texample.org/m [build failed]", 1), "unscorable"),
    ],
)
async def test_the_effect_follows_from_tests_that_flip(
    expected: Check, final: Check, effect: str
) -> None:
    bench = Bench({"e": [expected], "f": [final]})
    found = await measure_effect(7, "e", "f", Verdicts(bench.judge))
    assert (found.number, found.effect) == (7, effect)


async def test_it_names_the_tests_and_both_verdicts() -> None:
    bench = Bench({"e": [GOOD], "f": [BAD]})
    found = await measure_effect(1, "e", "f", Verdicts(bench.judge))
    assert found.broken == ("tests/test_a.py::test_x",)
    assert found.mended == ()
    assert (found.expected_passed, found.final_passed) == (True, False)


async def test_a_difference_is_believed_after_three_repeats() -> None:
    bench = Bench({"e": [GOOD], "f": [BAD]})
    found = await measure_effect(1, "e", "f", Verdicts(bench.judge))
    assert found.repeats == REPEATS
    assert sorted(bench.judged) == ["e"] * REPEATS + ["f"] * REPEATS


@pytest.mark.parametrize("flaky", [[BAD, GOOD, BAD], [BAD, BAD, GOOD]])
async def test_repeats_that_disagree_are_unscorable(flaky: list[Check]) -> None:
    bench = Bench({"e": [GOOD], "f": flaky})
    found = await measure_effect(1, "e", "f", Verdicts(bench.judge))
    assert (found.effect, found.reason) == ("unscorable", "three repeats disagree")


async def test_a_flaky_test_does_not_hide_a_steady_one() -> None:
    flaky = [failing("test_x", "test_z"), failing("test_x"), failing("test_x", "test_z")]
    bench = Bench({"e": [GOOD], "f": flaky})
    found = await measure_effect(1, "e", "f", Verdicts(bench.judge))
    assert (found.effect, found.broken) == ("harmful", ("tests/test_a.py::test_x",))


async def test_no_tree_is_judged_twice_where_verdicts_agree() -> None:
    bench = Bench({"e": [GOOD], "f": [GOOD]})
    verdicts = Verdicts(bench.judge)
    await measure_effect(1, "e", "f", verdicts)
    await measure_effect(2, "e", "f", verdicts)
    assert bench.judged == ["e", "f"]


async def test_tests_that_agents_changed_count_as_they_were() -> None:
    async def judge(tree: str) -> Verified:
        pristine = BAD if tree == "f" else None
        return Verified(tree=tree, check=GOOD, changed_tests=("test_a.py",), pristine=pristine)

    found = await measure_effect(1, "e", "f", Verdicts(judge))
    assert found.effect == "harmful"


async def test_a_sandbox_that_fails_is_no_verdict() -> None:
    async def judge(tree: str) -> Verified:
        raise SandboxFault("No engine answers.")

    found = await measure_effect(1, "e", "f", Verdicts(judge))
    assert (found.effect, found.reason) == ("unscorable", "No engine answers.")
    assert found.expected_passed is None
