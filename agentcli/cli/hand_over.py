"""`apply`, `undo`, `rm`: take a run's result, give it back, throw a run away."""

import json
from typing import Any

import click

from agentcli.cli.options import complete_run, here, named_run, run_argument
from agentcli.cli.say import echo, secho
from agentcli.cli.stat import stat_lines
from agentcli.errors import UsageFault
from agentcli.journal.folds import RunView, fold
from agentcli.journal.store import Journal
from agentcli.plain import counted

_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.command()
@run_argument
@_json_option
def apply(run: str, as_json: bool) -> None:
    """Put RUN's result into your working tree. Your index, branches and HEAD stay as they are.

    Nothing is written when your own changes are in the way. `agentcli undo` takes it back.
    """
    from agentcli.runs.hand_over import apply_run
    from agentcli.runs.losses import losses_line

    with Journal() as journal:
        run_id = named_run(journal, run)
        done = apply_run(run_id, journal)
        view = fold(run_id, journal.events(run_id))
    if as_json:
        changes = [change.model_dump() for change in done.changes]
        _print({"run": run_id, "applied": True, "changes": changes, "merged": list(done.merged)})
        return
    files = counted(len(done.changes), "file")
    secho(f"Applied run {run_id}{_where(view)}: {files}.", fg="green", bold=True)
    for line in stat_lines(done.changes):
        echo(line)
    if done.merged:
        echo(f"Merged with your own edits: {', '.join(done.merged)}")
    if lost := losses_line(view):
        secho(lost, fg="yellow")
    secho(f"→ agentcli undo {run_id} takes it back", dim=True)


@click.command()
@run_argument
@click.option("--force", is_flag=True, help="Also when you have changed the files since.")
@_json_option
def undo(run: str, force: bool, as_json: bool) -> None:
    """Take RUN's applied result back out of your working tree, to the byte."""
    from agentcli.runs.hand_over import undo_run

    with Journal() as journal:
        run_id = named_run(journal, run)
        paths = undo_run(run_id, journal, force=force)
        where = _where(fold(run_id, journal.events(run_id)))
    if as_json:
        _print({"run": run_id, "applied": False, "paths": list(paths)})
        return
    secho(
        f"Undone{where}: {counted(len(paths), 'file')} as before run {run_id}.",
        fg="green",
        bold=True,
    )
    for path in paths:
        echo(f"  {path}")


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_run)
@_json_option
def rm(runs: tuple[str, ...], as_json: bool) -> None:
    """Delete RUNs: record, files and branch. What you applied stays in your working tree."""
    from agentcli.runs.hand_over import remove_run

    with Journal() as journal:
        # All names are looked up first, so that a wrong one removes nothing.
        try:
            run_ids = dict.fromkeys(named_run(journal, run) for run in runs)
        except UsageFault as fault:
            raise UsageFault(f"{fault.message} Nothing was removed.", fault.fix) from fault
        for run_id in run_ids:
            removed = remove_run(run_id, journal)
            if as_json:
                branches, kept = list(removed.branches), list(removed.kept)
                _print({"run": run_id, "removed": True, "branches": branches, "kept": kept})
                continue
            also = f" and its branch {', '.join(removed.branches)}" if removed.branches else ""
            echo(f"Removed run {run_id}{also}.")
            for reason in removed.kept:
                secho(f"  kept: {reason}", fg="yellow")


def _where(view: RunView) -> str:
    """The run's repository, told only to who stands in another place."""
    repo = view.started.repo if view.started else None
    return "" if repo == here() else f" in {repo}"


def _print(data: dict[str, Any]) -> None:
    echo(json.dumps(data, ensure_ascii=False))
