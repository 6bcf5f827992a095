"""`diff`: what a run, or one agent of it, changed."""

import sys

import click

from agentcli.cli.options import named_run, run_argument
from agentcli.cli.say import echo
from agentcli.cli.stat import size, stat_lines
from agentcli.journal.folds import fold
from agentcli.journal.store import Journal


@click.command()
@run_argument
@click.option("--agent", metavar="ID", help="Only what this agent (and those below it) changed.")
@click.option("--against", metavar="RUN", help="Against what another run came to.")
@click.option("--stat", is_flag=True, help="Files and lines instead of the patch.")
@click.option("--name-only", is_flag=True, help="Only the files' names.")
def diff(run: str, agent: str | None, against: str | None, stat: bool, name_only: bool) -> None:
    """Show what RUN changed, as a patch. Of a run at work: what it changed up to now.

    With --against: what RUN's files have (+) that those of the other run have not (−).
    """
    from agentcli.runs.look import agent_trees, run_trees
    from agentcli.runs.places import run_dir
    from agentcli.workspace.store import RunStore

    with Journal() as journal:
        run_id = named_run(journal, run)
        events = list(journal.events(run_id))
        other_id = named_run(journal, against) if against else None
        other = fold(other_id, journal.events(other_id)) if other_id else None
    before, after = agent_trees(events, agent) if agent else run_trees(fold(run_id, events))
    store = RunStore.open(run_dir(run_id))
    if other is not None:
        before = run_trees(other)[1]
        store = store.borrowing(RunStore.open(run_dir(other.run_id)))
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
