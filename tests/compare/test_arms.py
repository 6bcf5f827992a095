"""Arms: what is typed, what it means, and what is refused."""

import pytest

from agentcli.compare.arms import Arm, check_names, make_arm, parse_arm
from agentcli.errors import UsageFault
from agentcli.settings import Settings


def test_a_mode_alone_is_an_arm() -> None:
    assert parse_arm("recursive") == Arm(name="recursive", changes={"mode": "recursive"})


def test_settings_follow_the_mode_with_dashes_or_underscores() -> None:
    arm = parse_arm("swarm:policy=free,planner-model=openai/big,max_overrides=2")
    assert arm.name == "swarm:policy=free,planner-model=openai/big,max_overrides=2"
    settings = arm.settings(Settings(model="openai/small", coders=3))
    assert (settings.mode, settings.policy, settings.max_overrides) == ("swarm", "free", 2)
    assert (settings.planner_model, settings.model, settings.coders) == (
        "openai/big",
        "openai/small",
        3,
    )


def test_an_arm_may_have_a_name_and_lists() -> None:
    arm = parse_arm("quiet=swarm:powers=message+interrupt")
    assert arm.name == "quiet"
    assert arm.settings(Settings()).powers == ("message", "interrupt")
    assert parse_arm("swarm:powers=none").settings(Settings()).powers == ()


@pytest.mark.parametrize(
    ("text", "complaint", "fix"),
    [
        ("swarn", "No mode 'swarn'", "swarm"),
        ("swarm:polisy=free", "Unknown setting `polisy`", "`policy`"),
        ("swarm:coders=many", "Setting `coders`", "coders at work"),
        ("swarm:policy", "says no value", "KEY=VALUE"),
        ("solo:seed=3", "sets `seed`", "--seeds"),
        ("=solo", "needs a name", "NAME="),
    ],
)
def test_what_can_not_be_is_one_line_with_the_fix(text: str, complaint: str, fix: str) -> None:
    with pytest.raises(UsageFault) as fault:
        parse_arm(text)
    assert complaint in fault.value.message
    assert fix in fault.value.fix


def test_two_arms_of_one_name_are_refused() -> None:
    with pytest.raises(UsageFault, match="Two arms"):
        check_names([make_arm("a", {"mode": "solo"}), make_arm("a", {"mode": "recursive"})])
    with pytest.raises(UsageFault, match="No arm"):
        check_names([])
