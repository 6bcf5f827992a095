"""What interfaces ask about a run besides its folds: is it alive, and which trees it spans."""

from collections.abc import Iterable

from agentcli.errors import UsageFault
from agentcli.journal.events import (
    AgentStarted,
    Check,
    DelegationClosed,
    Event,
    Submitted,
    ToolReturned,
)
from agentcli.journal.folds import RunView
from agentcli.runs.places import is_at_work


def live_status(view: RunView) -> str:
    """The recorded end; of a run without one, whether a process is at it or was killed."""
    if view.ended is not None:
        return view.ended.status
    return "at work" if is_at_work(view.run_id) else "killed"


def with_yours(pristine: Check) -> str:
    """What the verdict with the person's tests put back says, in words."""
    return (
        "with yours put back it passes" if pristine.passed else "✗ fails with your tests put back"
    )


def run_trees(view: RunView) -> tuple[str, str]:
    """The tree that a run began from and the one it has come to. Raises UsageFault."""
    if view.started is None:
        raise UsageFault(f"The record of run {view.run_id} has no start.", "It can't be shown.")
    after = view.ended.tree if view.ended and view.ended.tree else view.tree
    return view.started.base_tree, after


def agent_trees(events: Iterable[Event], agent: str) -> tuple[str, str]:
    """The trees that an agent found and left, also when its work was rolled back later."""
    before = after = ""
    known = []
    for event in events:
        if isinstance(event.body, AgentStarted):
            known.append(event.agent_id)
        if event.agent_id != agent:
            continue
        match event.body:
            case AgentStarted(base_tree=tree):
                before = after = tree
            case ToolReturned(checkpoint=checkpoint) if checkpoint is not None:
                after = checkpoint.tree
            case DelegationClosed(tree=tree) | Submitted(tree=tree):
                after = tree
    if not before:
        raise UsageFault(f"The run has no agent {agent!r}.", f"It has {', '.join(known)}.")
    return before, after
