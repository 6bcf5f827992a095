"""`study report`: what a study tells by now, on the terminal or in files."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from agentcli.cli.campaign import Done
from agentcli.cli.say import echo
from agentcli.compare.study import find_folder, load_study
from agentcli.errors import UsageFault
from agentcli.settings import Settings

if TYPE_CHECKING:
    from agentcli.compare.report.data import Report
    from agentcli.compare.report.evidence import Evidence
    from agentcli.workspace.patches import Readers

F = TypeVar("F", bound=Callable[..., None])
_NARROW = 132  # columns that tables get where the terminal's width is unknown


def _markdown(report: "Report") -> str:
    from agentcli.compare.report.markdown import to_markdown

    return to_markdown(report)


def _csv(report: "Report") -> str:
    from agentcli.compare.report.rows import to_csv

    return to_csv(report)


def _parquet(report: "Report") -> bytes:
    from agentcli.compare.report.rows import to_parquet

    return to_parquet(report)


def _html(report: "Report") -> str:
    from agentcli.compare.report.html import to_html

    return to_html(report, _evidence(report, "people"))


def _evidence(report: "Report", readers: "Readers") -> Mapping[str, "Evidence"]:
    from agentcli.compare.report.evidence import gather
    from agentcli.journal.store import Journal

    with Journal() as journal:
        return gather(report.outcomes, journal, readers)


def _json(report: "Report") -> str:
    return report.model_dump_json(indent=1) + "\n"


# name → (what it is, how it is made)
_FORMATS: dict[str, tuple[str, Callable[["Report"], str | bytes]]] = {
    "html": ("One file for a browser: tables, figures, every run (agentcli[report]).", _html),
    "markdown": ("Markdown, as for a pull request.", _markdown),
    "csv": ("A row for each trial.", _csv),
    "parquet": ("The same for data frames (needs agentcli[parquet]).", _parquet),
    "json": ("All figures and all outcomes.", _json),
}


def _file_options(function: F) -> F:
    place = click.Path(dir_okay=False, allow_dash=True)
    for name, (about, _) in reversed(_FORMATS.items()):
        function = click.option(f"--{name}", name, type=place, metavar="FILE", help=about)(function)
    return function


@click.command("report")
@click.argument("name", metavar="STUDY")
@_file_options
@click.option(
    "--swebench",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="SWE-bench predictions: a file for each arm and seed.",
)
def report_command(name: str, swebench: str | None, **files: str | None) -> None:
    """Report on STUDY: its folder or its name, finished, stopped or at work.

    Without a FILE the report goes to the terminal; `-` as FILE is standard output. Of several
    studies of one name the newest is taken; their folders tell them apart.
    """
    from agentcli.compare.report.of_study import report_of

    study = load_study(find_folder(name), Settings())
    with study.store() as store:
        report = report_of(study, store)
    wanted = {kind: file for kind, file in files.items() if file is not None}
    for kind, file in wanted.items():
        _write(file, _FORMATS[kind][1](report))
    if swebench is not None:
        _write_predictions(Path(swebench), report)
    if not wanted and swebench is None:
        show(report)


def tell(done: Done) -> None:
    """The report of a study that was just worked on, for people."""
    from agentcli.compare.report.of_study import report_of

    with done.study.store() as store:
        show(report_of(done.study, store))
    folder = done.study.folder
    echo()
    echo(f"Study: {folder}")
    echo(f"→ agentcli study report {folder.name} --html report.html")


def show(report: "Report") -> None:
    """On standard output."""
    from rich.console import Console

    from agentcli.compare.report.terminal import print_report

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=max(console.width, _NARROW))
    print_report(report, console)


def _write_predictions(folder: Path, report: "Report") -> None:
    from agentcli.interop.predictions import write_study_predictions

    evidence = _evidence(report, "programs")
    for file in write_study_predictions(folder, report.outcomes, evidence):
        echo(str(file), err=True)


def _write(file: str, content: str | bytes) -> None:
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if file == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        Path(file).write_bytes(data)
    except OSError as error:
        raise UsageFault(f"{file} can't be written: {error.strerror}.") from error
    echo(f"{file} ({len(data):,} bytes)", err=True)
