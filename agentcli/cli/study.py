"""`study`: questions that are ready to be asked, and reports on the answers."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import click

from agentcli.cli.article import article_json, print_article
from agentcli.cli.campaign import Wish, campaign_options, carry_out, say
from agentcli.cli.options import limit_options, model_options, sandbox_options, settings_from
from agentcli.cli.say import echo
from agentcli.cli.study_report import report_command, tell
from agentcli.compare.article import Article, Trial
from agentcli.compare.study_file import find_study, ready_studies
from agentcli.delegation.policy import PRESETS
from agentcli.errors import ExitCode, UsageFault
from agentcli.journal.store import Journal


@click.group()
def study() -> None:
    """Studies that are ready to run, and reports on studies."""


study.add_command(report_command)


@study.command("list")
def list_() -> None:
    """List the studies that come with agentcli, and their questions."""
    for name, one in ready_studies().items():
        click.secho(name, bold=True, nl=False)
        needs = f" (--param {', --param '.join(one.parameters)})" if one.parameters else ""
        echo(f"{needs}: {one.about}")
        echo(f"  arms: {', '.join(one.arms)}; {one.seeds} seeds")
    echo("article: the article's own experiment (agentcli study article --help)")


@study.command()
@click.argument("name", metavar="STUDY")
@click.argument("where", nargs=-1, metavar="[TASKS]...")
@click.option("--param", "params", multiple=True, metavar="K=V", help="What the study asks for.")
@click.option("--seeds", type=click.IntRange(1), help="Trials of each task and arm.")
@campaign_options
@model_options
@sandbox_options
def run(
    name: str, where: Sequence[str], params: Sequence[str], seeds: int | None, **flags: Any
) -> int:
    """Carry out STUDY, one of `study list` or a YAML file, on TASKS.

    What is given here wins over what the file says. The rest is as with `agentcli compare`.
    """
    title, file = find_study(name)
    given = dict(_parameter(text) for text in params)
    wish = Wish.take(flags, file.budget)
    base = settings_from(None, {**file.shared(given), **_given(flags)}).settings
    places = where or file.tasks
    if not places:
        raise UsageFault("No tasks are given.", f"agentcli study run {name} TASKS")
    arms = file.made_arms(given)
    done = carry_out(title, wish.tasks(places), arms, seeds or file.seeds, base, wish)
    say(done, wish, tell)
    return int(done.exit_code)


def _parameter(text: str) -> tuple[str, str]:
    key, given, value = text.partition("=")
    if not given:
        raise UsageFault(f"{text!r} gives no value.", "Write --param NAME=VALUE.")
    return key, value


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flags.items() if value is not None}


@study.command()
@click.option("--model", "models", multiple=True, metavar="M", help="A model; may be repeated.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="P",
    help="A policy; may be repeated.  [default: free, turns, evidence]",
)
@click.option("--repeats", default=3, show_default=True, help="Runs of each model and policy.")
@click.option("--api-base", metavar="URL", help="An OpenAI-compatible server.")
@click.option("--reply-format", metavar="F", help="How the models write tool calls.")
@limit_options
@sandbox_options
@click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
def article(
    models: Sequence[str], policies: Sequence[str], repeats: int, as_json: bool, **flags: Any
) -> int:
    """Build a REST API with a planner and coders, and count who overrides whom.

    The same command goes on with a study that was stopped. Its runs are ordinary ones:
    `agentcli show` and `agentcli overrides` show each of them.
    """
    chosen = policies or ("free", "turns", "evidence")
    for name in chosen:
        if name not in PRESETS:
            raise UsageFault(f"No policy {name!r}.", f"There are: {', '.join(PRESETS)}.")
    settings = settings_from(None, flags).settings
    named = models or ((settings.model,) if settings.model else ())
    if not named:
        raise UsageFault("No model is named.", "Give --model, once or several times.")
    plan = Article(settings, named, chosen, repeats)
    with Journal() as journal:
        rows = asyncio.run(plan.run(journal, _tell))
    if as_json:
        echo(json.dumps(article_json(rows), ensure_ascii=False))
    else:
        print_article(rows)
    return int(ExitCode.INFRA if any(row.infra for row in rows) else ExitCode.OK)


def _tell(trial: Trial, how: str) -> None:
    click.echo(f"{trial.model} under {trial.policy}, seed {trial.seed}: {how}", err=True)
