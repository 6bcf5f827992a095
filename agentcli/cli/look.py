"""`runs` and `show`: look at what is on record. Everything shown is a fold over it."""

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import click

from agentcli.cli.options import complete_run, here, named_run
from agentcli.cli.overrides import print_section, section_json
from agentcli.cli.runs_table import COLORS, list_console, model_names, print_runs, when
from agentcli.cli.say import echo, secho
from agentcli.cli.stat import print_changes, size
from agentcli.ids import ROOT_AGENT
from agentcli.journal.events import Event, RunResumed, ToolReturned
from agentcli.journal.folds import AgentView, RunView, fold
from agentcli.journal.ledger_folds import fold_ledger
from agentcli.journal.store import Journal
from agentcli.plain import counted, plain
from agentcli.runs.look import live_status

_json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")

# ---- runs ---------------------------------------------------------------------------------


@click.command()
@click.option("--limit", "-n", type=click.IntRange(1), default=20, show_default=True)
@click.option("--all", "everywhere", is_flag=True, help="Those of all repositories.")
@_json_option
def runs(limit: int, everywhere: bool, as_json: bool) -> None:
    """List this repository's runs, newest first. Outside of any repository: all runs."""
    repo = None if everywhere else here()
    with Journal() as journal:
        views = [fold(run, journal.events(run)) for run in islice(journal.run_ids(repo), limit)]
        elsewhere = not views and bool(journal.run_ids())
    if as_json:
        echo(json.dumps([_row_json(view) for view in views], ensure_ascii=False))
    elif views:
        print_runs(views, list_console(), omit=() if repo is None else ("repository",))
    elif elsewhere:
        echo(f"No runs of {repo} yet. `agentcli runs --all` lists all others.")
    else:
        echo('No runs yet. Start one: agentcli run "…", or see it work: agentcli demo')


def _row_json(view: RunView) -> dict[str, Any]:
    from agentcli.cli.report import as_json

    wanted = ("run", "mode", "models", "steps", "cost", "cost_complete", "task", "repo", "branch")
    summary = as_json(view)
    return {
        **{key: summary[key] for key in wanted},
        "status": live_status(view),
        "began": view.began,
        "seconds": summary["seconds"],
        "tokens": view.spending.usage.total,
        "applied": view.applied is not None,
    }


# ---- show ---------------------------------------------------------------------------------


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_run)
@click.option("--steps", is_flag=True, help="Every step of each agent, a line each.")
@_json_option
def show(runs: tuple[str, ...], steps: bool, as_json: bool) -> None:
    """Show RUN: its agents, what they did and took, and the verdict. Several: in columns."""
    if len(runs) > 1:
        from agentcli.cli.beside import print_beside

        print_beside(runs, steps=steps, as_json=as_json)
        return
    with Journal() as journal:
        run_id = named_run(journal, runs[0])
        events = list(journal.events(run_id))
    view = fold(run_id, events)
    if live_status(view) == "killed":
        view.stop_agents()
    if as_json:
        echo(json.dumps(_show_json(view, events, steps), ensure_ascii=False))
        return
    _print_head(view, _settings(view, events))
    _print_agents(view, events if steps else ())
    print_section(fold_ledger(run_id, events))
    _print_outcome(view)


def _show_json(view: RunView, events: Sequence[Event], steps: bool) -> dict[str, Any]:
    from agentcli.cli.report import as_json

    applied = view.applied.commit if view.applied else None
    data = {**as_json(view), "status": live_status(view), "applied": applied}
    data["ledger"] = section_json(fold_ledger(view.run_id, events))
    if steps:
        data["steps_taken"] = [
            {"agent": e.agent_id, "at": e.at, **e.body.model_dump(mode="json")}
            for e in events
            if isinstance(e.body, ToolReturned)
        ]
    return data


def _settings(view: RunView, events: Iterable[Event]) -> dict[str, Any]:
    """The settings in force: those of the last resume, which may have raised limits."""
    settings = view.started.settings if view.started else {}
    for event in events:
        if isinstance(event.body, RunResumed):
            settings = event.body.settings
    return settings


def _print_head(view: RunView, settings: dict[str, Any]) -> None:
    started, status = view.started, live_status(view)
    secho(f"Run {view.run_id}", bold=True, nl=False)
    secho(f"  {status}", fg=COLORS.get(status, "yellow"), bold=True)
    if started is None:
        return
    kin = f", replay of {started.replay_of}" if started.replay_of else ""
    kin += f", fork of {started.fork_of}" if started.fork_of else ""
    spent = view.spending
    _fact("task", started.task)
    _fact("when", f"{when(view.began)}, {view.seconds:.1f} s{kin}")
    led = f", policy {settings['policy']}" if started.mode == "swarm" else ""
    _fact("mode", f"{started.mode}{led} · {', '.join(model_names(view))} · seed {started.seed}")
    _fact("where", f"{started.repo} at {started.base_commit[:10]}")
    _fact(
        "took",
        f"{counted(spent.steps, 'step')} · {spent.usage.input:,} + {spent.usage.output:,} tokens "
        f"({spent.usage.cached:,} cached) · {spent.cost_text}",
    )
    _fact("limits", _limits(view, settings))
    if view.sandbox is not None:
        _fact("sandbox", view.sandbox.isolation)
    if view.retries or view.resumes:
        _fact("mended", f"{view.retries} retried calls, {view.resumes} resumes")


def _limits(view: RunView, settings: dict[str, Any]) -> str:
    forms = ("{:,} tokens", "${:g}", "{:,} steps", "{:g} s", "depth {}")
    names = ("max_tokens", "max_cost", "max_steps", "max_time", "max_depth")
    given = [
        form.format(settings[name])
        for name, form in zip(names, forms, strict=True)
        if settings.get(name) is not None
    ]
    reached = f" — reached: {view.limit.limit} = {view.limit.value:g}" if view.limit else ""
    return (" · ".join(given) or "none") + reached


def _print_agents(view: RunView, events: Iterable[Event]) -> None:
    from rich.text import Text
    from rich.tree import Tree

    done: dict[str, list[str]] = {}
    for event in events:
        if isinstance(event.body, ToolReturned):
            done.setdefault(event.agent_id, []).append(_step_line(event.body))

    def grow(branch: Tree, agent: AgentView) -> None:
        node = branch.add(Text(plain(_agent_line(agent)), style=COLORS.get(agent.status, "yellow")))
        for number, line in enumerate(done.get(agent.id, ()), start=1):
            node.add(Text(plain(f"{number:>3} {line}"), style="dim"))
        for child in agent.children:
            grow(node, view.agents[child])

    tree = Tree("agents")
    for agent in view.agents.values():
        if agent.parent_id not in view.agents:
            grow(tree, agent)
    if view.agents:
        list_console().print(tree)


def _agent_line(agent: AgentView) -> str:
    from agentcli.agents.clip import one_line

    spent = agent.spending
    parts = [
        f"{agent.id} {agent.role} {agent.status}",
        counted(spent.steps, "step"),
        f"{spent.usage.total:,} tokens",
        spent.cost_text,
    ]
    if agent.commit:
        parts.append(agent.commit[:10])
    if agent.rolled_back:
        parts.append("rolled back")
    if agent.corrections:
        parts.append(f"{agent.corrections} corrections")
    if agent.refusals:
        parts.append(f"{agent.refusals} delegations refused")
    # The first agent's goal is the task, which stands above.
    goal = "" if agent.id == ROOT_AGENT else f"  {one_line(agent.brief.goal)}"
    return " · ".join(parts) + goal


def _step_line(step: ToolReturned) -> str:
    from agentcli.agents.conversation import describe

    parts = ["✓" if step.ok else "✗", describe(step.call, 90)]
    if step.exit_code not in (None, 0):
        parts.append(f"exit {step.exit_code}")
    if step.checkpoint is not None:
        parts.append(size(step.checkpoint.changes))
    return " ".join(parts)


def _print_outcome(view: RunView) -> None:
    from agentcli.cli.report import print_with_yours

    if view.verified is not None:
        check = view.verified.check
        mark, color = ("✓ passes", "green") if check.passed else ("✗ fails", "red")
        secho(f"{mark}: {check.command}", fg=color)
        print_with_yours(view)
        if view.verdict_commit is not None:
            of = view.verdict_commit[:10]
            secho(f"verdict is of {of}; not tested since the restore", fg="yellow")
        for path in view.verified.changed_tests:
            secho(f"  an existing test or protected file was changed: {path}", fg="yellow")
    if view.ended is not None and view.ended.reason:
        echo(view.ended.reason)
    if view.landed is not None:
        echo(f"branch {view.landed.branch} · commit {view.landed.commit[:10]}")
        print_changes(view)
    if view.applied is not None:
        echo(f"applied to your working tree; agentcli undo {view.run_id} takes it back")


def _fact(name: str, value: str) -> None:
    secho(f"{name:>8}  ", dim=True, nl=False)
    echo(value.strip().replace("\n", "\n" + " " * 10))
