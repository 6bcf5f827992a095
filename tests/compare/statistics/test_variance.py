"""How much success goes with tokens: planted, and found again."""

from collections.abc import Callable

import numpy as np
import pytest

from agentcli.compare.outcome import Outcome
from agentcli.compare.statistics.variance import variance
from tests.compare.statistics.studies import outcome, study

Rule = Callable[[int, float], float]

RNG = np.random.default_rng(11)
ARMS, TASKS, SEEDS = ("a", "b"), 30, 4


def drawn(solves: Rule, tokens: Rule) -> list[Outcome]:
    """`solves` and `tokens` are told the arm's number and a draw that they share."""
    found = []
    for number, arm in enumerate(ARMS):
        for task in range(TASKS):
            for seed in range(SEEDS):
                draw = RNG.random()
                mark = "+" if RNG.random() < solves(number, draw) else "-"
                found.append(outcome(arm, task, seed, mark, round(tokens(number, draw))))
    return found


def test_where_tokens_decide_they_have_the_share() -> None:
    found = variance(drawn(lambda _arm, draw: draw > 0.5, lambda _arm, draw: 1000 + 9000 * draw))
    assert found is not None
    assert found.tokens > 0.5
    assert abs(found.arm) < 0.05 and abs(found.either) < 0.05


def test_where_the_arm_decides_it_has_the_share() -> None:
    rule = drawn(lambda arm, _draw: 0.9 if arm else 0.1, lambda _arm, draw: 1000 + 9000 * draw)
    found = variance(rule)
    assert found is not None
    assert found.arm > 0.5
    assert abs(found.tokens) < 0.05


def test_where_the_arms_tokens_differ_nobody_can_tell_which_it_is() -> None:
    rule = drawn(lambda arm, _draw: 0.9 if arm else 0.1, lambda arm, _draw: 9000 if arm else 1000)
    found = variance(rule)
    assert found is not None
    assert found.either > 0.5
    assert abs(found.tokens) < 0.05 and abs(found.arm) < 0.05
    assert found.tokens_at_most > 0.5


def test_where_nothing_decides_nothing_has_a_share_and_the_parts_are_the_whole() -> None:
    found = variance(drawn(lambda _arm, _draw: 0.5, lambda _arm, draw: 1000 + 9000 * draw))
    assert found is not None
    parts = (found.task, found.tokens, found.arm, found.either, found.rest)
    assert sum(parts) == pytest.approx(1)
    assert all(abs(part) < 0.1 for part in parts[:-1])


@pytest.mark.parametrize("arms", [{"a": "+-"}, {"a": "+", "b": "-"}, {"a": ["++"], "b": ["++"]}])
def test_too_little_to_share_out_is_none(arms: dict[str, str]) -> None:
    assert variance(study(arms)) is None
