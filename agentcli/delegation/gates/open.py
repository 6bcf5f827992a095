"""`open`: every override is let through, and logged like all others."""

from agentcli.delegation.gates.base import Decision, OverrideRequest


class OpenGate:
    name = "open"

    async def decide(self, request: OverrideRequest) -> Decision:
        return Decision(True, "The gate is open.")
