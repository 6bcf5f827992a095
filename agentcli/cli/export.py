"""`export`: a run for other programs."""

import json
from pathlib import Path

import click

from agentcli.cli.options import named_run, run_argument
from agentcli.cli.say import echo
from agentcli.errors import UsageFault
from agentcli.journal.store import Journal


@click.command()
@run_argument
@click.option(
    "--format",
    "kind",
    type=click.Choice(["atif", "jsonl"]),
    default="atif",
    show_default=True,
    help="ATIF trajectory (Harbor), or our own events, one a line.",
)
@click.option(
    "--output", "-o", "file", type=click.Path(dir_okay=False), help="A file, else standard output."
)
def export(run: str, kind: str, file: str | None) -> None:
    """Write RUN in a format that other programs read."""
    from agentcli.interop.atif import to_atif

    with Journal() as journal:
        run_id = named_run(journal, run)
        events = list(journal.events(run_id))
    if kind == "atif":
        text = json.dumps(to_atif(run_id, events), ensure_ascii=False, indent=1)
    else:
        text = "\n".join(event.to_json() for event in events)
    if file is None:
        echo(text)
        return
    try:
        Path(file).write_text(f"{text}\n", "utf-8", "replace")
    except OSError as error:
        raise UsageFault(f"{file} can't be written: {error.strerror}.") from error
