"""`human`: a person decides. Where nobody can be asked, the override is denied."""

import asyncio
from dataclasses import dataclass

from agentcli.delegation.gates.base import Decision, OverrideRequest, Person, Question
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class HumanGate:
    store: RunStore
    person: Person
    name: str = "human"

    async def decide(self, request: OverrideRequest) -> Decision:
        patch = await asyncio.to_thread(self.store.diff, request.without, request.with_act)
        answer = await self.person.decide(Question(request, patch))
        if answer is None:
            return Decision(False, "Nobody could be asked: there is no terminal.")
        return Decision(answer, "Allowed by the person." if answer else "Denied by the person.")
