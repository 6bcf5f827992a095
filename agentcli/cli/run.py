"""`run`, `resume`, `fork`, `replay`: the commands that put agents to work."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from agentcli.cli.options import (
    limit_options,
    model_options,
    named_run,
    output_option,
    policy_options,
    repo_option,
    run_argument,
    sandbox_options,
    settings_from,
    team_options,
    tell_defaults,
)
from agentcli.cli.say import echo
from agentcli.errors import UsageFault
from agentcli.journal.events import RunEnded
from agentcli.journal.store import Journal

T = TypeVar("T")


@tell_defaults
@click.command()
@click.argument("task", required=False)
@click.option(
    "--task-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read the task from a file.",
)
@repo_option
@click.option("--mode", metavar="MODE", help="solo, recursive, swarm or relay.")
@click.option("--test", metavar="CMD", help="The command that decides whether it is done.")
@click.option("--seed", type=int, help="Recorded, and sent to models that take one.")
@model_options
@team_options
@policy_options
@limit_options
@sandbox_options
@output_option
def run(task: str | None, task_file: Path | None, repo: Path, output: str, **flags: Any) -> int:
    """Do TASK in this repository, in a sandbox. `-` reads the task from standard input.

    Your working tree is not touched. The result is the branch agentcli/<run>; `agentcli apply
    last` puts it into your working tree, `agentcli undo last` takes it back.
    """
    from agentcli.models.lazy import warm_up

    text = _task_text(task, task_file)
    loaded = settings_from(repo, flags)
    warm_up()
    from agentcli.cli.person import TerminalPerson
    from agentcli.runs.start import Order, start

    with Journal() as journal:
        return carry_out(
            journal,
            output,
            lambda progress: start(
                Order(text, repo, loaded.settings),
                journal,
                progress.on_text,
                on_progress=_tell,
                person=TerminalPerson(progress, sys.stdin),
            ),
        )


@click.command()
@run_argument
@model_options
@team_options
@limit_options
@sandbox_options
@output_option
def resume(run: str, output: str, **flags: Any) -> int:
    """Go on with RUN where it was stopped. Limits and models can be given anew."""
    with Journal() as journal:
        return _go_on(named_run(journal, run), journal, output, flags)


@click.command()
@run_argument
@click.argument("step", type=click.IntRange(1), required=False)
@click.option("--agent", metavar="ID", default="1", show_default=True, help="Whose step it is.")
@model_options
@team_options
@limit_options
@sandbox_options
@output_option
def fork(run: str, step: int | None, agent: str, output: str, **flags: Any) -> int:
    """Take RUN another way from STEP on (the last one, if none is named), as a new run.

    What was before that step is taken from the record and costs nothing. RUN stays as it is.
    Limits and models can be given anew, e.g. --temperature, or another --model.
    """
    from agentcli.runs.fork import fork as branch_off

    with Journal() as journal:
        run_id = branch_off(named_run(journal, run), journal, step, agent)
        return _go_on(run_id, journal, output, flags)


def _go_on(run_id: str, journal: Journal, output: str, changes: dict[str, Any]) -> int:
    from agentcli.models.lazy import warm_up

    warm_up()
    from agentcli.cli.person import TerminalPerson
    from agentcli.runs.resume import resume as go_on

    def make(progress: Any) -> Coroutine[Any, Any, RunEnded]:
        person = TerminalPerson(progress, sys.stdin)
        return go_on(run_id, journal, changes, progress.on_text, _tell, person)

    return carry_out(journal, output, make)


@click.command()
@run_argument
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "docker", "bubblewrap", "host"]),
    default="auto",
    show_default=True,
    help="Isolation. `host` is none at all.",
)
@output_option
def replay(run: str, sandbox: Any, output: str) -> int:
    """Run RUN's recorded replies again, in a real sandbox, as a new run. Costs nothing."""
    from agentcli.runs.replay import replay_run

    with Journal() as journal:
        run_id = named_run(journal, run)

        async def again() -> RunEnded:
            replayed = await replay_run(run_id, journal, sandbox, _tell)
            if replayed.same_tree is not None:
                same = "the same files as" if replayed.same_tree else "OTHER files than"
                echo(f"The replay ended with {same} the recording.", err=True)
            return replayed.ended

        return carry_out(journal, output, lambda _progress: again())


def _tell(line: str) -> None:
    echo(line, err=True)


def _task_text(task: str | None, task_file: Path | None) -> str:
    if (task is None) == (task_file is None):
        raise UsageFault("Give the task once.", 'agentcli run "TASK", --task-file F, or - .')
    if task_file is not None:
        return task_file.read_text("utf-8")
    return sys.stdin.read() if task == "-" else str(task)


def carry_out(journal: Journal, output: str, make: Any, next_step: str | None = None) -> int:
    """Put `make(progress)` to work, shown live; print the end; return the exit code."""
    from agentcli.cli.progress import Progress
    from agentcli.cli.report import print_json, print_text
    from agentcli.journal.folds import fold

    progress = Progress.for_terminal()
    journal.subscribe(progress.on_event)
    if output == "stream-json":
        journal.subscribe(lambda event: echo(event.to_json()))
    with progress:
        ended: RunEnded = run_interruptibly(make(progress))
    if ended.status == "infra":
        echo(f"agentcli: {ended.reason}", err=True)
    run_id = progress.view.run_id
    view = fold(run_id, journal.events(run_id))  # a resumed run's earlier sessions too
    if output == "json":
        print_json(view)
    elif output == "text":
        print_text(view, next_step)
    return ended.exit_code


def run_interruptibly(work: Coroutine[Any, Any, T]) -> T:
    """First Ctrl-C: what is at work stops, keeps everything and records it. Second: at once."""
    from agentcli.sandbox.select import remove_own

    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        asyncio.run(remove_own())
        raise
