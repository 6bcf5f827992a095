"""`restore`: take an overridden child's version after all."""

import json

import click

from agentcli.cli.options import named_run, run_argument
from agentcli.cli.say import echo, secho
from agentcli.cli.stat import stat_lines
from agentcli.journal.folds import fold
from agentcli.journal.store import Journal


@click.command()
@run_argument
@click.argument("number", metavar="K", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def restore(run: str, number: int, as_json: bool) -> None:
    """Take the child's version of override K of RUN after all, as a commit on the run's branch.

    `agentcli overrides RUN` lists the overrides. What came later is kept; where it changed the same
    lines, nothing is done, and the exit code is 2. The result is not tested. Your working tree
    stays as it is until `agentcli apply`.
    """
    from agentcli.runs.restore import restore as take_back

    with Journal() as journal:
        run_id = named_run(journal, run)
        done = take_back(run_id, number, journal)
        view = fold(run_id, journal.events(run_id))
    if as_json:
        changes = [change.model_dump() for change in done.changes]
        said = {"run": run_id, "override": number, "commit": done.commit, "branch": done.branch}
        echo(json.dumps({**said, "changes": changes}, ensure_ascii=False))
        return
    entry = done.entry
    secho(f"The version of agent {entry.child} is back on {done.branch}.", fg="green")
    for line in stat_lines(done.changes):
        echo(line)
    then = ""
    if view.started is not None and view.verdict_commit is not None:
        of = view.verdict_commit[:10]
        secho(f"Not tested: the run's verdict is of {of}, before this.", fg="yellow")
        then = f", then test it: {view.started.test}"
    secho(f"→ agentcli apply {run_id}{then}", dim=True)
