"""From a policy to its gate, and what must be known before a run begins."""

from agentcli.delegation.gates.base import Gate, GateParts
from agentcli.delegation.gates.evidence import EvidenceGate
from agentcli.delegation.gates.human import HumanGate
from agentcli.delegation.gates.keeper import Keeper, Quota
from agentcli.delegation.gates.lottery import LotteryGate
from agentcli.delegation.gates.open import OpenGate
from agentcli.delegation.gates.vote import VoteGate
from agentcli.delegation.policy import Policy
from agentcli.errors import UsageFault


def make_gate(policy: Policy, parts: GateParts) -> Keeper:
    """The policy's gate behind its quota. One for a run, since it counts.

    Raises UsageFault for an evidence gate without a test command.
    """
    quota = Quota(policy.max_overrides, policy.override_tokens)
    return Keeper(_gate(policy, parts), quota)


def check_evidence(policy: Policy, test: str | None) -> None:
    """Raise UsageFault when the policy's gate needs a test command and there is none."""
    if policy.gate == "evidence" and test is None:
        raise _no_test()


def _gate(policy: Policy, parts: GateParts) -> Gate:
    match policy.gate:
        case "open":
            return OpenGate()
        case "evidence":
            if parts.verdicts is None:
                raise _no_test()
            return EvidenceGate(parts.verdicts)
        case "vote":
            return VoteGate(parts.store, parts.ask_judge, policy.judges)
        case "human":
            return HumanGate(parts.store, parts.person)
        case "lottery":
            return LotteryGate(policy.lottery, parts.seed)


def _no_test() -> UsageFault:
    return UsageFault(
        "The evidence gate needs --test.",
        "Give the command that decides, or take another --policy or --gate.",
    )
