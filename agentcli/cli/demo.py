"""`demo`: see it work, without a key and without a network."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agentcli.cli.options import model_options, sandbox_options
from agentcli.cli.say import echo, secho

if TYPE_CHECKING:
    from agentcli.cli.side_by_side import Column
    from agentcli.demo.play import Ground
    from agentcli.journal.events import Event
    from agentcli.journal.store import Journal

_NEXT_STEP = 'Now yours: agentcli run "TASK" --test "COMMAND"'


@click.command()
@model_options
@sandbox_options
@click.option("--mode", metavar="MODE", help="One way of working only: recursive or swarm.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --model: write the run's events to a file.",
)
def demo(record: Path | None, mode: str | None, **flags: Any) -> int:
    """Watch coding agents mend a small repository whose tests fail, in two ways of working.

    Without --model recorded runs of a real model are replayed: its words are a recording, the
    repository, the sandbox, the commands and the tests are real. With --model it runs live.
    """
    with tempfile.TemporaryDirectory(prefix="agentcli-demo-") as directory:
        if flags["model"] is None:
            return _recorded(Path(directory), flags["sandbox"] or "auto", mode)
        return _live(Path(directory), record, {**flags, "mode": mode})


def _recorded(directory: Path, sandbox: str, mode: str | None) -> int:
    from agentcli.cli.side_by_side import print_side_by_side
    from agentcli.demo import play
    from agentcli.journal.store import Journal, started

    recordings = [play.recording(each) for each in ([mode] if mode else play.recorded_modes())]
    begun = started(list(recordings[0]))
    project = play.make_project(directory)
    secho("A small shop with two failing tests", bold=True)
    echo(
        f"The model's words are a RECORDING of {begun.models['coder']}; the repository, the "
        "sandbox, the commands and the tests are real and run now."
    )
    ground = asyncio.run(play.find_ground(sandbox))
    if ground.notice:
        secho(ground.notice, fg="yellow")
    echo(f"Task: {begun.task}\n")
    with Journal() as journal:
        columns = [_replay(recorded, project, ground, journal) for recorded in recordings]
    print_side_by_side(columns)
    secho(f"→ {_NEXT_STEP}", dim=True)
    return max(column.view.ended.exit_code for column in columns if column.view.ended)


def _replay(
    recorded: "Sequence[Event]", project: Path, ground: "Ground", journal: "Journal"
) -> "Column":
    from agentcli.cli.progress import Lines
    from agentcli.cli.side_by_side import Column
    from agentcli.demo import play
    from agentcli.journal.folds import fold
    from agentcli.journal.ledger_folds import fold_ledger

    run_id = asyncio.run(play.play(recorded, project, ground, journal)).run_id
    events = list(journal.events(run_id))
    lines = map(Lines().of, events)
    column = Column(
        view=fold(run_id, events),
        ledger=fold_ledger(run_id, events),
        lines=[line for line in lines if line],
        patch=_patch(run_id, color=False),
    )
    _forget(journal, run_id)
    return column


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
        click.echo(_patch(run_id, color=sys.stdout.isatty()))
        if record is not None:
            record.write_text("".join(f"{e.to_json()}\n" for e in journal.events(run_id)))
        _forget(journal, run_id)
    return code


def _patch(run_id: str, *, color: bool) -> str:
    from agentcli.runs.places import run_dir
    from agentcli.workspace.store import RunStore

    store = RunStore.open(run_dir(run_id))
    final = store.pinned("final")
    return "" if final is None else store.diff(store.base_tree, final, color=color)


def _forget(journal: "Journal", run_id: str) -> None:
    """The demo's repository is gone after it, so its run is of no use either."""
    from agentcli.runs.places import run_dir

    shutil.rmtree(run_dir(run_id), ignore_errors=True)
    journal.delete_run(run_id)
