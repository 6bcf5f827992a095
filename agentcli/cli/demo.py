"""`demo`: see it work, without a key and without a network."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from agentcli.cli.options import model_options, sandbox_options
from agentcli.cli.say import echo, secho

_NEXT_STEP = 'Now yours: agentcli run "TASK" --test "COMMAND"'


@click.command()
@model_options
@sandbox_options
@click.option("--mode", metavar="MODE", help="With --model: solo or recursive.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --model: write the run's events to a file.",
)
def demo(record: Path | None, mode: str | None, **flags: Any) -> int:
    """Watch a coding agent mend a small repository whose test fails.

    Without --model a recorded run of a real model is replayed: its words are a recording, the
    repository, the sandbox, the commands and the test are real. With --model it runs live.
    """
    with tempfile.TemporaryDirectory(prefix="agentcli-demo-") as directory:
        if flags["model"] is None:
            return _recorded(Path(directory), flags["sandbox"] or "auto")
        return _live(Path(directory), record, {**flags, "mode": mode})


def _recorded(directory: Path, sandbox: str) -> int:
    from agentcli.cli.progress import Progress
    from agentcli.cli.report import print_text
    from agentcli.demo import play
    from agentcli.journal.store import Journal

    project = play.make_project(directory)
    begun = play.recorded_start()
    secho("A shopping basket with a failing test", bold=True)
    echo(
        f"The model's words are a RECORDING of {begun.models['coder']} ({begun.mode} mode); the "
        "repository, the sandbox, the commands and the test are real and run now."
    )
    ground = asyncio.run(play.find_ground(sandbox))
    if ground.notice:
        secho(ground.notice, fg="yellow")
    echo(f"Task: {begun.task}\n")
    progress = Progress.on_standard_output()
    with Journal() as journal:
        journal.subscribe(progress.on_event)
        with progress:
            replayed = asyncio.run(play.play(project, ground, journal))
        echo()
        _print_diff(replayed.run_id)
        print_text(progress.view, next_step=_NEXT_STEP)
        _forget(journal, replayed.run_id)
    return replayed.ended.exit_code


def _live(directory: Path, record: Path | None, flags: dict[str, Any]) -> int:
    from agentcli.cli.run import carry_out
    from agentcli.demo import play
    from agentcli.journal.store import Journal
    from agentcli.runs.start import Order, start
    from agentcli.settings import load_settings

    project = play.make_project(directory)
    settings = load_settings(None, {**flags, "test": play.TEST}).settings
    with Journal() as journal:
        code = carry_out(
            journal,
            "text",
            lambda progress: start(
                Order(play.TASK, project, settings),
                journal,
                progress.on_text,
                on_progress=lambda line: echo(line, err=True),
            ),
            _NEXT_STEP,
        )
        run_id = journal.find_run("last")
        _print_diff(run_id)
        if record is not None:
            record.write_text("".join(f"{e.to_json()}\n" for e in journal.events(run_id)))
        _forget(journal, run_id)
    return code


def _print_diff(run_id: str) -> None:
    from agentcli.runs.places import run_dir
    from agentcli.workspace.store import RunStore

    store = RunStore.open(run_dir(run_id))
    final = store.pinned("final")
    if final is not None:
        click.echo(store.diff(store.base_tree, final, color=sys.stdout.isatty()))


def _forget(journal: Any, run_id: str) -> None:
    """The demo's repository is gone after it, so its run is of no use either."""
    import shutil

    from agentcli.runs.places import run_dir

    shutil.rmtree(run_dir(run_id), ignore_errors=True)
    journal.delete_run(run_id)
