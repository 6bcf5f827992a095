"""Acts that override a coder: the gate decides on them before they stand."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from agentcli.delegation.assignment import Assignment
from agentcli.delegation.gates.base import OverrideRequest
from agentcli.delegation.gates.keeper import Keeper, pass_gate
from agentcli.delegation.planner.base import PlannerTool
from agentcli.delegation.swarm import Swarm
from agentcli.journal.delegation_events import Act
from agentcli.journal.events import GateDecided

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent

Trees = Callable[[], Awaitable[tuple[str, str]]]  # what stands without the act, and with it


class GatedTool(PlannerTool):
    """A planner's tool that may override."""

    def __init__(self, swarm: Swarm, keeper: Keeper) -> None:
        super().__init__(swarm)
        self._keeper = keeper

    async def decide(
        self, agent: "Agent", of: Assignment, act: Act, stated: str, trees: Trees
    ) -> GateDecided:
        """The gate's decision, recalled if it is on record."""

        async def request() -> OverrideRequest:
            without, with_act = await trees()
            return OverrideRequest(
                delegation=of.id,
                act=act,
                parent=agent.id,
                child=of.id,
                brief=of.begun.brief,
                stated=stated,
                without=without,
                with_act=with_act,
                step=agent.steps,
                tokens=agent.last_tokens,
            )

        return await pass_gate(self._keeper, request, agent.stream)

    async def recall_decision(self, agent: "Agent") -> None:
        """Count a decision of a call that was carried through before."""
        recorded = agent.stream.peek(GateDecided)
        if recorded is not None:
            of = self.swarm.assignments[recorded.delegation]
            await self.decide(agent, of, recorded.act, recorded.stated, _not_needed)


async def _not_needed() -> tuple[str, str]:
    raise AssertionError("the trees are on record")
