"""One budget for the whole tree of agents."""

import time

import pytest

from agentcli.agents.budget import Budget, Caps
from agentcli.errors import ExitCode, LimitReached
from agentcli.journal.events import ModelReplied, Usage
from agentcli.settings import Settings


def reply(tokens: int = 10, cost: float | None = 0.5) -> ModelReplied:
    usage = Usage(input=tokens - 1, output=1)
    return ModelReplied(
        step=1, model="m", text="", finish_reason="stop", usage=usage, cost=cost, seconds=1
    )


def limit_of(budget: Budget) -> tuple[str, float, str]:
    with pytest.raises(LimitReached) as reached:
        budget.check_call()
    return reached.value.limit, reached.value.value, reached.value.scope


@pytest.mark.parametrize(
    ("caps", "limit"),
    [
        (Caps(max_steps=2), "max_steps"),
        (Caps(max_tokens=15), "max_tokens"),
        (Caps(max_cost=0.75), "max_cost"),
    ],
)
def test_a_call_is_refused_once_a_cap_is_reached_and_not_before(caps: Caps, limit: str) -> None:
    budget = Budget(caps)
    budget.spend(reply())
    budget.check_call()
    budget.spend(reply())
    assert limit_of(budget)[0] == limit


def test_without_caps_nothing_is_refused() -> None:
    budget = Budget(Caps())
    budget.spend(reply(10**9, 1e6))
    budget.check_call()
    assert (budget.tokens_left(), budget.time_left(), budget.frames_left()) == (None, None, True)


def test_work_before_a_resume_counts_as_time() -> None:
    assert limit_of(Budget(Caps(max_time=60), elapsed=61))[0] == "max_time"
    left = Budget(Caps(max_time=60), elapsed=20).time_left()
    assert left is not None and 39 < left <= 40
    assert Budget(Caps(max_time=60), elapsed=99).time_left() == 0


def test_time_passes() -> None:
    budget = Budget(Caps(max_time=0.02))
    budget.check_call()
    time.sleep(0.03)
    assert limit_of(budget) == ("max_time", 0.02, "run")


def test_what_a_grandchild_spends_counts_on_every_floor() -> None:
    whole = Budget(Caps())
    child = whole.slice("1.1", Caps())
    grandchild = child.slice("1.1.1", Caps())
    grandchild.spend(reply(10, None))
    grandchild.spawn()
    for budget in (whole, child, grandchild):
        assert (budget.steps, budget.tokens, budget.frames) == (1, 10, 1)
        assert budget.unpriced


def test_what_a_brother_spends_is_gone_for_all_but_not_from_the_own_slice() -> None:
    whole = Budget(Caps(max_tokens=100))
    one, two = (whole.slice(f"1.{n}", Caps(max_tokens=40)) for n in (1, 2))
    one.spend(reply(70))
    assert (whole.tokens_left(), one.tokens_left(), two.tokens_left()) == (30, 0, 30)
    assert (two.steps, two.tokens) == (0, 0)
    assert limit_of(one) == ("max_tokens", 40, "1.1")


def test_the_runs_limit_is_told_before_the_agents_own() -> None:
    child = Budget(Caps(max_steps=1)).slice("1.1", Caps(max_steps=1))
    child.spend(reply())
    assert limit_of(child) == ("max_steps", 1, "run")


def test_delegations_are_counted_for_the_whole_run() -> None:
    whole = Budget(Caps(max_frames=2))
    one, two = whole.slice("1.1", Caps(max_frames=1)), whole.slice("1.2", Caps())
    one.spawn()
    assert one.frames_left() and two.frames_left()
    two.spawn()
    assert not one.frames_left() and not whole.frames_left()


def test_the_settings_are_the_runs_caps() -> None:
    settings = Settings(max_tokens=1, max_cost=2, max_steps=3, max_time=4, max_frames=5)
    assert Caps.of_run(settings) == Caps(1, 2, 3, 4, 5)


def test_the_person_is_told_how_to_raise_the_limit() -> None:
    error = LimitReached("max_steps", 200)
    assert str(error) == "Limit reached: max_steps = 200. Raise it with --max-steps."
    assert error.exit_code == ExitCode.LIMIT
