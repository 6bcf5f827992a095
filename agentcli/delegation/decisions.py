"""What is decided in a swarm without the planner's asking: one decision at a time, if one is due.

Each depends on how far the coders are, so it is an event in the planner's stream, and on resume
it is taken from there instead (`Swarm.advance`).
"""

import asyncio
from typing import TYPE_CHECKING

from agentcli.delegation.assignment import AT_WORK, Assignment
from agentcli.ids import child_agent_id
from agentcli.journal.events import (
    Delegated,
    LateAnswerRefused,
    LeaseLost,
    MergeConflicted,
    Merged,
    PlanItem,
)
from agentcli.prompting import render
from agentcli.workspace.merge import merge

if TYPE_CHECKING:
    from agentcli.delegation.swarm import Swarm


async def decide_next(swarm: "Swarm") -> bool:
    """One decision, if one is due."""
    return (
        await _close_the_lost(swarm)
        or await _close_the_failed(swarm)
        or _accept_by_policy(swarm)
        or await _merge_in_turn(swarm)
        or await _begin_ready(swarm)
    )


async def _close_the_lost(swarm: "Swarm") -> bool:
    for each in swarm.opened():
        member = each.member
        if each.lost is None:
            silent = member in swarm.crew.silent()
            if member.state != "dead" and not silent:
                continue
            why = member.fault or f"no sign for {swarm.crew.lease:g} s"
            tree = member.workspace.tree if member.workspace else _beginning(each)
            swarm.do(LeaseLost(delegation=each.id, reason=why, tree=tree))
        before = member.proposals
        await swarm.crew.revoke(member)
        if member.agent is not None and member.agent.proposals > before:
            late = member.agent.workspace.head  # it submitted while it was being stopped
            swarm.do(LateAnswerRefused(delegation=each.id, commit=late))
        await swarm.close(each, "lost", each.lost.reason if each.lost else "")
        return True
    return False


async def _close_the_failed(swarm: "Swarm") -> bool:
    for each in swarm.opened():
        if each.member.state == "failed" and not each.member.inbox:
            await swarm.close(each, "rolled_back", "")
            return True
    return False


def _accept_by_policy(swarm: "Swarm") -> bool:
    """Where the planner has no power to discard, a proposal lands without being asked for."""
    if swarm.policy.allows("discard"):
        return False
    for each in swarm.opened():
        if each.undecided:
            swarm.accept(each, "policy")
            return True
    return False


async def _merge_in_turn(swarm: "Swarm") -> bool:
    """The next proposal in plan order, once all before it are settled."""
    settled = swarm.settled()
    blocked = {item.name for item in swarm.plan.blocked(settled)}
    for name in swarm.plan.items:
        if name in settled or name in blocked:
            continue
        assignment = swarm.current(name)
        if assignment is None or not assignment.accepted:
            return False
        if assignment.merged is None:
            await _merge(swarm, assignment)
        if assignment.merged is not None:
            await swarm.close(assignment, "integrated", "")
        return True
    return False


async def _merge(swarm: "Swarm", assignment: Assignment) -> None:
    result = assignment.member.result
    assert result is not None and result.commit is not None
    store, number = swarm.trunk.store, assignment.member.proposals
    head = await swarm.commit_own()
    merged = await asyncio.to_thread(merge, store, head, result.commit)
    store.pin(f"{assignment.id}/expected/{number}", merged.tree)
    if merged.conflicts:
        swarm.do(
            MergeConflicted(
                delegation=assignment.id,
                proposal=number,
                before=swarm.trunk.tree,
                expected=merged.tree,
                paths=merged.conflicts,
            )
        )
        text = render("messages/conflict.j2", paths=merged.conflicts)
        swarm.send(assignment, "conflict", text, tree=merged.tree, base_commit=head)
        return
    commit = await asyncio.to_thread(
        store.commit,
        merged.tree,
        [head, result.commit],
        f"Merge {assignment.name}: {result.summary or assignment.item.brief.goal}",
        swarm.trailers({"Agentcli-Delegation": assignment.id}),
    )
    before = swarm.trunk.tree
    await swarm.trunk.restore(merged.tree)
    swarm.do(
        Merged(
            delegation=assignment.id,
            proposal=number,
            proposed=store.tree_of(result.commit),
            before=before,
            expected=merged.tree,
            commit=commit,
        )
    )


async def _begin_ready(swarm: "Swarm") -> bool:
    at_work = [e for e in swarm.opened() if e.member.state in AT_WORK]
    room = 1 if swarm.policy.one_writer else swarm.room
    if len(at_work) >= room or (swarm.policy.one_writer and swarm.opened()):
        return False
    begun = {each.name for each in swarm.opened()}
    for item in swarm.plan.ready(swarm.settled()):
        if item.name not in begun and swarm.budget.frames_left():
            await _begin(swarm, item)
            return True
    return False


async def _begin(swarm: "Swarm", item: PlanItem) -> None:
    """A coder begins at the trunk, or where the one that it replaces was lost."""
    delegation = child_agent_id(swarm.stream.agent_id, len(swarm.assignments) + 1)
    replaces = swarm.current(item.name)
    if replaces is None or replaces.lost is None or replaces.item != item:
        replaces = None
        tree, commit, start = swarm.trunk.tree, await swarm.commit_own(), None
    else:
        tree, commit = replaces.begun.base_tree, replaces.begun.base_commit
        start = replaces.lost.tree
    await asyncio.to_thread(swarm.trunk.store.pin, f"{delegation}/base", commit)
    swarm.do(
        Delegated(
            delegation=delegation,
            brief=item.brief.model_copy(update={"max_tokens": _share(swarm, item)}),
            base_tree=tree,
            base_commit=commit,
            item=item.name,
            start_tree=start,
            replaces=replaces.id if replaces else None,
            model=item.model,
        )
    )
    swarm.crew.launch()


def _beginning(assignment: Assignment) -> str:
    return assignment.begun.start_tree or assignment.begun.base_tree


def _share(swarm: "Swarm", item: PlanItem) -> int | None:
    """Tokens for one coder: a share of what is left; one more share stays with the planner."""
    if item.brief.max_tokens is not None:
        return item.brief.max_tokens
    left = swarm.budget.tokens_left()
    to_do = len(swarm.plan.items) - len(swarm.settled())
    return None if left is None else max(1, left // (max(1, to_do) + 1))
