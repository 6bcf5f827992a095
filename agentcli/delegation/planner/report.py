"""What a planner is shown of its coders: as much as its policy's oversight lets it see."""

import asyncio
from dataclasses import dataclass

from agentcli.agents.clip import clip, one_line
from agentcli.delegation.assignment import AT_WORK, NOTHING_SEEN, Assignment, Sight
from agentcli.delegation.swarm import Swarm
from agentcli.journal.events import FileChange
from agentcli.prompting import render

_DIFF = 6000  # characters of a diff that a planner reads
_SUMMARY = 300  # characters of a coder's own words in an overview


@dataclass(frozen=True)
class Line:
    """One delegation in an overview."""

    id: str
    name: str
    state: str
    detail: str


def report(swarm: Swarm, headline: str = "") -> str:
    """The plan's state, a line for each brief: it grows with the plan, not with what coders say."""
    swarm.shown = _visible(swarm)
    lines = [_line(swarm, name) for name in swarm.plan.items]
    over = bool(lines) and not swarm.opened() and len(swarm.settled()) >= len(lines)
    return render("planner/report.j2", lines=lines, news=headline, over=over)


def news(swarm: Swarm) -> bool:
    """Whether there is something to see that the last report did not show.

    That a coder is at work (again) is no news by itself: the planner sent it there.
    """
    return any(
        now.counts != was.counts or now.state not in (was.state, "at work")
        for name, now in _visible(swarm).items()
        for was in (swarm.shown.get(name, NOTHING_SEEN),)
    )


def _visible(swarm: Swarm) -> dict[str, Sight]:
    """All that the oversight lets the planner notice, by delegation."""
    seen = {}
    for name, each in swarm.assignments.items():
        member = each.member
        looks = {"step": member.signs, "checkpoint": member.writes}
        state = "at work" if each.state in AT_WORK else each.state
        seen[name] = Sight(state, (member.proposals, looks.get(swarm.policy.oversight, 0)))
    return seen


def _line(swarm: Swarm, name: str) -> Line:
    assignment = swarm.current(name)
    if assignment is None:
        return _not_begun(swarm, name)
    return Line(assignment.id, name, assignment.state, _detail(swarm, assignment))


def _not_begun(swarm: Swarm, name: str) -> Line:
    settled = swarm.settled()
    after = swarm.plan.items[name].after
    if gone := [other for other in after if settled.get(other) is False]:
        return Line("", name, "blocked", f"since {', '.join(gone)} did not land: drop it or replan")
    missing = [other for other in after if other not in settled]
    return Line("", name, "waits", f"for {', '.join(missing) or 'a free coder'}")


def _detail(swarm: Swarm, assignment: Assignment) -> str:
    member = assignment.member
    if assignment.closed is not None:
        return one_line(assignment.closed.result.summary or assignment.closed.reason, _SUMMARY)
    if member.state == "submitted" and member.result is not None:
        check = member.result.check
        verdict = f" [check {'passed' if check.passed else 'failed'}]" if check else ""
        changed = _changed(member.result.changes)
        return one_line(f"{changed}{verdict} says: {member.result.summary}", _SUMMARY)
    if member.state in ("stopped", "failed", "dead"):
        return one_line(member.fault or (member.result.summary if member.result else ""), _SUMMARY)
    if swarm.policy.oversight == "step" and member.agent is not None:
        return f"step {member.agent.steps}, {member.writes} writes, last: {member.last_action}"
    if swarm.policy.oversight == "checkpoint":
        return f"{member.writes} writes"
    return ""


async def visible_diff(swarm: Swarm, assignment: Assignment) -> str:
    """A coder's changes as a diff, at the moment that the oversight shows; else why not."""
    tree = _visible_tree(swarm, assignment)
    if tree is None:
        return "Its work can be seen when it has submitted it."
    base = assignment.begun.base_tree
    diff = await asyncio.to_thread(swarm.trunk.store.diff, base, tree)
    return clip(diff, _DIFF) if diff else "It has not changed any file."


def _visible_tree(swarm: Swarm, assignment: Assignment) -> str | None:
    member = assignment.member
    if assignment.merged is not None:
        return assignment.merged.proposed
    if member.state == "submitted" and member.result is not None and member.result.commit:
        return swarm.trunk.store.tree_of(member.result.commit)
    if swarm.policy.oversight == "proposal" or member.workspace is None:
        return None
    return member.workspace.tree


def _changed(changes: tuple[FileChange, ...]) -> str:
    return ", ".join(f"{c.path} (+{c.added} −{c.removed})" for c in changes[:8]) or "no changes"
