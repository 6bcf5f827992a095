"""`diff`: what a run, or one agent of it, changed."""

import sys
from collections.abc import Iterable

import click

from agentcli.cli.options import run_argument
from agentcli.cli.say import echo
from agentcli.cli.stat import size, stat_lines
from agentcli.errors import UsageFault
from agentcli.journal.events import (
    AgentStarted,
    DelegationClosed,
    Event,
    Submitted,
    ToolReturned,
)
from agentcli.journal.folds import RunView, fold
from agentcli.journal.store import Journal


@click.command()
@run_argument
@click.option("--agent", metavar="ID", help="Only what this agent (and those below it) changed.")
@click.option("--stat", is_flag=True, help="Files and lines instead of the patch.")
@click.option("--name-only", is_flag=True, help="Only the files' names.")
def diff(run: str, agent: str | None, stat: bool, name_only: bool) -> None:
    """Show what RUN changed, as a patch. Of a run at work: what it changed up to now."""
    from agentcli.runs.places import run_dir
    from agentcli.workspace.store import RunStore

    with Journal() as journal:
        run_id = journal.find_run(run)
        events = list(journal.events(run_id))
    before, after = _agent_trees(events, agent) if agent else _run_trees(fold(run_id, events))
    store = RunStore.open(run_dir(run_id))
    if name_only:
        for change in store.changes(before, after):
            echo(change.path)
    elif stat:
        changes = store.changes(before, after)
        for line in stat_lines(changes):
            echo(line)
        echo(f"  {len(changes)} files, {size(changes)}")
    else:
        click.echo(store.diff(before, after, color=sys.stdout.isatty()), nl=False)


def _run_trees(view: RunView) -> tuple[str, str]:
    if view.started is None:
        raise UsageFault(f"The record of run {view.run_id} has no start.", "It can't be shown.")
    after = view.ended.tree if view.ended and view.ended.tree else view.tree
    return view.started.base_tree, after


def _agent_trees(events: Iterable[Event], agent: str) -> tuple[str, str]:
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
