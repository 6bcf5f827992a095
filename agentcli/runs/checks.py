"""What can be known to be wrong with a way of working before anything is spent on it."""

from agentcli.delegation.gates.make import check_evidence
from agentcli.delegation.policy import policy_of
from agentcli.errors import UsageFault
from agentcli.modes.base import find_mode
from agentcli.settings import Settings


def check_way_of_working(settings: Settings) -> None:
    """Raise UsageFault for an unknown mode or policy, or one that can't be kept as set."""
    find_mode(settings.mode)
    policy = policy_of(settings)
    if settings.mode == "swarm":  # only there does a gate stand between parent and child
        check_evidence(policy, settings.test)
    if settings.personas and settings.mode != "solo":
        raise UsageFault("Personas are a way of mode solo.", "Add --mode solo, or leave them out.")
