"""`lottery`: denies a random share that follows from the seed, whatever else happens."""

import math

from hypothesis import given
from hypothesis import strategies as st

from agentcli.delegation.gates.base import OverrideRequest
from agentcli.delegation.gates.lottery import LotteryGate, draw
from agentcli.journal.delegation_events import Act
from agentcli.journal.events import Brief

DRAWS = 2000
seeds = st.integers(0, 2**31)


def ask(delegation: str = "1.1", act: Act = "edit", number: int = 1) -> OverrideRequest:
    brief = Brief(goal="lay a floor")
    return OverrideRequest(delegation, act, "1", delegation, brief, "", "a", "b", number=number)


def too_far(share: float, seed: int) -> bool:
    """Whether the denied share of many draws lies outside its 95 % interval."""
    denied = sum(draw(seed, f"1.{n}") < share for n in range(DRAWS))
    return abs(denied / DRAWS - share) > 1.96 * math.sqrt(share * (1 - share) / DRAWS)


def test_the_share_denied_is_the_one_that_is_set() -> None:
    for share in (0.1, 0.5, 0.8):
        # About 1 seed in 20 lies outside its interval; of 100, more than 13 with p < 0.001.
        assert sum(too_far(share, seed) for seed in range(100)) <= 13


@given(seeds, st.integers(1, 99))
def test_a_draw_depends_on_seed_and_delegation_alone(seed: int, child: int) -> None:
    drawn = draw(seed, f"1.{child}")
    assert 0 <= drawn < 1
    assert drawn == draw(seed, f"1.{child}")
    assert drawn not in [draw(seed + 1, f"1.{child}"), draw(seed, f"1.{child + 1}")]


@given(seeds, st.floats(0, 1))
async def test_below_the_share_is_denied_and_the_draw_is_told(seed: int, share: float) -> None:
    decision = await LotteryGate(share, seed).decide(ask())
    assert decision.draw == draw(seed, "1.1")
    assert decision.allowed == (decision.draw >= share)


@given(seeds, st.floats(0, 1))
async def test_who_is_denied_and_asks_again_is_denied_again(seed: int, share: float) -> None:
    acts: tuple[Act, ...] = ("edit", "edit", "takeover", "revert", "discard")
    asked = [ask(act=act, number=number) for number, act in enumerate(acts, start=1)]
    decisions = [await LotteryGate(share, seed).decide(one) for one in asked]
    assert len(set(decisions)) == 1


async def test_share_0_denies_nothing_and_share_1_everything() -> None:
    for number in range(1, 50):
        assert (await LotteryGate(0, 1).decide(ask(f"1.{number}"))).allowed
        assert not (await LotteryGate(1, 1).decide(ask(f"1.{number}"))).allowed
