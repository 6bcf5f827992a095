"""`tasks list`, `check`, `mutants`: tasks to measure with, proven before they are used."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from agentcli.cli.options import settings_from
from agentcli.errors import ExitCode
from agentcli.plain import counted
from agentcli.tasks.check import Checked, Checker
from agentcli.tasks.find import find_tasks, select
from agentcli.tasks.task import Task

F = TypeVar("F", bound=Callable[..., Any])
_sandbox_option = click.option(
    "--sandbox",
    type=click.Choice(["auto", "docker", "bubblewrap", "host"]),
    help="Isolation. `host` is none at all.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")


@click.group()
def tasks() -> None:
    """Look at tasks, and prove that they are fit to measure with.

    \b
    WHERE is a task file, a folder of them, or IMPORTER:PATH for a public set's local copy:
      agentcli tasks check benchmarks/tasks
      agentcli tasks list exercism:~/exercism-python
    """


def _which(function: F) -> F:
    """WHERE, --only and --tag: which tasks a command is about."""
    for option in (
        click.option("--tag", "tags", multiple=True, help="Only those with this tag."),
        click.option("--only", multiple=True, metavar="GLOB", help="Only those whose id fits."),
        click.argument("where"),
    ):
        function = option(function)
    return function


@tasks.command("list")
@_which
@_json_option
def list_(where: str, only: Sequence[str], tags: Sequence[str], as_json: bool) -> None:
    """List the tasks at WHERE."""
    found = select(find_tasks(where), only, tags)
    if as_json:
        data = [task.model_dump(mode="json", exclude_defaults=True) for task in found]
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    width = max(len(task.id) for task in found)
    for task in found:
        parts = f"{len(task.parts)} parts" if task.parts else ""
        click.echo(f"{task.id:<{width}}  {' '.join(filter(None, (*task.tags, parts)))}".rstrip())
    click.secho(counted(len(found), "task"), dim=True)


@tasks.command()
@_which
@click.option(
    "--repeat", type=click.IntRange(1), default=2, show_default=True, help="Verdicts on each tree."
)
@click.option("--jobs", "-j", type=click.IntRange(1), default=1, show_default=True)
@_sandbox_option
@_json_option
def check(
    where: str,
    only: Sequence[str],
    tags: Sequence[str],
    repeat: int,
    jobs: int,
    sandbox: str | None,
    as_json: bool,
) -> int:
    """Prove for each task at WHERE that its verifier fails before and passes with the reference.

    Each verdict is given several times, in fresh sandboxes; a task whose verdicts differ is flaky.
    Exit code 0: all are fit; 1: one isn't; 3: a sandbox failed.
    """
    found = select(find_tasks(where), only, tags)
    settings = settings_from(Path(), {"sandbox": sandbox}).settings

    async def go() -> list[Checked]:
        from agentcli.runs.isolation import isolation

        backend = await isolation(settings, _tell)
        checker = Checker(backend, settings, repeat)
        return await checker.check_all(found, jobs, lambda one: _show(one, found, as_json))

    checked = asyncio.run(go())
    if as_json:
        click.echo(json.dumps(_summary(checked), ensure_ascii=False))
    else:
        click.secho(_verdict(checked), bold=True)
    return int(_exit_code(checked))


@tasks.command()
@click.argument("repo", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--test", required=True, metavar="CMD", help="The command that tests the code.")
@click.option("--count", "-n", type=click.IntRange(1), default=10, show_default=True)
@click.option("--commit", default="HEAD", show_default=True, help="What to break.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which bugs are tried first.")
@click.option("--setup", metavar="CMD", help="Run first in each sandbox.")
@click.option(
    "--timeout", type=float, default=120, show_default=True, help="Seconds for a test run."
)
@_sandbox_option
def mutants(repo: Path, count: int, sandbox: str | None, **source: Any) -> int:
    """Break the tested code of REPO in small ways and print the tasks of mending it, as YAML.

    Only bugs that make the tests fail in a sandbox are taken. Exit code 1: fewer than --count.
    """
    from agentcli.tasks.file import to_yaml
    from agentcli.tasks.mutants import Nursery

    settings = settings_from(repo, {"sandbox": sandbox}).settings

    async def breed() -> list[Task]:
        from agentcli.runs.isolation import isolation

        found: list[Task] = []
        bred = Nursery(repo, **source).mutants(await isolation(settings, _tell), settings)
        async with aclosing(bred):
            async for task in bred:
                found.append(task)
                _tell(f"{len(found)} of {count}: {task.id}")
                if len(found) == count:
                    break
        return found

    made = asyncio.run(breed())
    click.echo(to_yaml(made), nl=False)
    return int(ExitCode.OK if len(made) == count else ExitCode.NOT_VERIFIED)


def _show(one: Checked, found: Sequence[Task], as_json: bool) -> None:
    """A line as soon as a task is checked; beside JSON it goes to standard error."""
    width = max(len(task.id) for task in found)
    color = {"fit": "green", "infra": "yellow"}.get(one.fitness, "red")
    mark = "✓" if one.fitness == "fit" else "✗"
    status = click.style(f"{mark} {one.fitness:<15}", fg=color)
    figures = f"{_passed(one.before):>5} → {_passed(one.after):<5} {one.seconds:>6.1f} s"
    click.echo(f"{status} {one.task:<{width}} {figures}  {one.reason}".rstrip(), err=as_json)


def _passed(verdicts: Sequence[bool]) -> str:
    return f"{sum(verdicts)}/{len(verdicts)}" if verdicts else "–"


def _summary(checked: Sequence[Checked]) -> dict[str, Any]:
    return {"counts": _counts(checked), "tasks": [asdict(one) for one in checked]}


def _counts(checked: Sequence[Checked]) -> dict[str, int]:
    kinds = dict.fromkeys(one.fitness for one in checked)
    return {kind: sum(one.fitness == kind for one in checked) for kind in kinds}


def _verdict(checked: Sequence[Checked]) -> str:
    counts = ", ".join(f"{number} {kind}" for kind, number in _counts(checked).items())
    return f"{counted(len(checked), 'task')}: {counts}"


def _exit_code(checked: Sequence[Checked]) -> ExitCode:
    found = {one.fitness for one in checked}
    if "infra" in found:
        return ExitCode.INFRA
    return ExitCode.OK if found == {"fit"} else ExitCode.NOT_VERIFIED


def _tell(line: str) -> None:
    click.echo(line, err=True)
