"""The planner's own changes of the trunk: `edit`, `write`, `splice` and `revert`, behind the gate.

Changing what a coder wrote or is to write is an override, so the gate decides on the finished
change before it stands. Changes elsewhere (wiring, notes) pass freely.
"""

import asyncio
from typing import TYPE_CHECKING

from agentcli.agents.scope import covers
from agentcli.agents.tools.base import WorkTool, schema
from agentcli.delegation.assignment import Assignment
from agentcli.delegation.gates.keeper import Keeper
from agentcli.delegation.planner.base import Done, find
from agentcli.delegation.planner.gated import GatedTool
from agentcli.delegation.swarm import Swarm
from agentcli.journal.delegation_events import Act
from agentcli.journal.events import Call, Checkpoint, FileChange, PowerDenied, ToolReturned
from agentcli.models.base import ToolSpec
from agentcli.prompting import render
from agentcli.sandbox.base import SandboxError
from agentcli.workspace.merge import take_back

if TYPE_CHECKING:
    from agentcli.agents.loop import Agent


class GuardedEdit(GatedTool):
    """A writing tool on the trunk."""

    def __init__(self, swarm: Swarm, keeper: Keeper, tool: WorkTool) -> None:
        super().__init__(swarm, keeper)
        self.spec = tool.spec
        self._tool = tool

    async def act(self, call: Call, agent: "Agent") -> Done:
        stream, trunk = agent.stream, self.swarm.trunk
        if stream.recalled(ToolReturned):  # it was carried through: the result is on record
            list(stream.recall_while(PowerDenied))
            await self.recall_decision(agent)
            return Done("")
        if self.swarm.policy.edits == "before_delegating" and self.swarm.assignments:
            reason = "The contract stands: nothing is edited after the first coder began."
            stream.record(PowerDenied(tool=call.name, reason=reason))
            return Done(reason, ok=False)
        before = trunk.tree
        try:
            output = await self._tool.work(call, agent.work_context)
        except SandboxError as error:
            return Done(str(error), ok=False)
        done = Done(output.text, output.ok)
        if not output.wrote:
            return done
        checkpoint, _ = await trunk.checkpoint(agent.checkpoints + 1)
        return done if checkpoint is None else await self._judge(agent, before, checkpoint, done)

    async def _judge(self, agent: "Agent", before: str, after: Checkpoint, done: Done) -> Done:
        """Let the change stand or take it back."""
        concerned = await asyncio.to_thread(self._concerned, after.changes)
        if concerned is not None:

            async def trees() -> tuple[str, str]:
                return before, after.tree

            act: Act = "takeover" if concerned.closed is None else "edit"
            decided = await self.decide(agent, concerned, act, "", trees)
            if not decided.allowed:
                await self.swarm.trunk.restore(before)
                return Done(f"Not done: {decided.reason} The files are as before.", ok=False)
        self.swarm.trunk.store.pin(f"{agent.id}/ck/{after.number}", after.tree)
        return Done(done.text, done.ok, after)

    def _concerned(self, changes: tuple[FileChange, ...]) -> Assignment | None:
        """The delegation whose work or scope is written into: the latest, if several are."""
        paths = [change.path for change in changes]
        for assignment in reversed(self.swarm.assignments.values()):
            if _touches(self.swarm, assignment, paths):
                return assignment
        return None


class Revert(GatedTool):
    """Take an integrated delegation's change out of the trunk again."""

    spec = ToolSpec(
        "revert",
        render("tools/revert.j2"),
        schema(("of", "reason"), of={"type": "string"}, reason={"type": "string"}),
    )

    async def act(self, call: Call, agent: "Agent") -> Done:
        if agent.stream.recalled(ToolReturned):
            await self.recall_decision(agent)
            return Done("")
        found = find(self.swarm, call.arguments["of"])
        if isinstance(found, Done):
            return found
        if found.merged is None:
            return Done(f"{found.name} has not landed: {found.state}.", ok=False)
        trunk, merged = self.swarm.trunk, found.merged
        head = await self.swarm.commit_own()
        undone = await asyncio.to_thread(take_back, trunk.store, head, merged.commit, merged.before)
        if undone.conflicts:
            paths = ", ".join(undone.conflicts)
            return Done(f"Later work stands on it in {paths}; it can't be reverted.", ok=False)
        changes = trunk.store.changes(trunk.tree, undone.tree)
        if not changes:
            return Done(f"Nothing of {found.name} is left to revert.", ok=False)

        async def trees() -> tuple[str, str]:
            return trunk.tree, undone.tree

        decided = await self.decide(agent, found, "revert", call.arguments["reason"], trees)
        if not decided.allowed:
            return Done(f"Not reverted: {decided.reason}", ok=False)
        await trunk.restore(undone.tree)
        number = agent.checkpoints + 1
        trunk.store.pin(f"{agent.id}/ck/{number}", undone.tree)
        after = Checkpoint(number=number, tree=undone.tree, changes=changes)
        return Done(f"{found.name} is taken out again.", checkpoint=after)


def _touches(swarm: Swarm, assignment: Assignment, paths: list[str]) -> bool:
    if assignment.closed is None:
        scope = assignment.begun.brief.paths
        return any(covers(pattern, path) for pattern in scope for path in paths)
    if assignment.merged is None:
        return False
    own = swarm.trunk.store.changes(assignment.begun.base_tree, assignment.merged.proposed)
    return bool({change.path for change in own} & set(paths))
