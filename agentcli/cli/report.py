"""A run as a person reads it at the end, or as one JSON object."""

import json
from typing import Any

from agentcli.cli.say import echo, secho
from agentcli.cli.stat import print_changes
from agentcli.journal.folds import AgentView, RunView
from agentcli.plain import counted
from agentcli.runs.look import with_yours


def print_json(view: RunView) -> None:
    """One object on standard output."""
    echo(json.dumps(as_json(view), ensure_ascii=False))


def as_json(view: RunView) -> dict[str, Any]:
    """The run's summary. `cost` is null when no price is known; sizes are tokens, seconds, USD.

    `verdict_commit` is what `verified` is of, where a restore has since changed the result.
    """
    started, ended, verified = view.started, view.ended, view.verified
    spent = view.spending
    return {
        "run": view.run_id,
        "status": view.status,
        "reason": ended.reason if ended else None,
        "exit_code": ended.exit_code if ended else None,
        "task": started.task if started else None,
        "mode": started.mode if started else None,
        "models": started.models if started else {},
        "repo": started.repo if started else None,
        "base_commit": started.base_commit if started else None,
        "replay_of": started.replay_of if started else None,
        "branch": view.landed.branch if view.landed else None,
        "commit": view.landed.commit if view.landed else None,
        "tree": ended.tree if ended else view.tree,
        "changes": [c.model_dump() for c in view.landed.changes] if view.landed else [],
        "verified": verified.model_dump(mode="json") if verified else None,
        "verdict_commit": view.verdict_commit,
        "steps": spent.steps,
        "tokens": {**spent.usage.model_dump(), "total": spent.usage.total},
        "cost": None if spent.steps and spent.unpriced == spent.steps else spent.cost,
        "cost_complete": spent.unpriced == 0,
        "seconds": round(view.seconds, 3),
        "sandbox": view.sandbox.backend if view.sandbox else None,
        "retries": view.retries,
        "resumes": view.resumes,
        "agents": [_agent_json(agent) for agent in view.agents.values()],
    }


def _agent_json(agent: AgentView) -> dict[str, Any]:
    spent = agent.spending
    return {
        "id": agent.id,
        "parent": agent.parent_id,
        "role": agent.role,
        "model": agent.model,
        "goal": agent.brief.goal,
        "status": agent.status,
        "reason": agent.reason,
        "steps": spent.steps,
        "tokens": {**spent.usage.model_dump(), "total": spent.usage.total},
        "cost": None if spent.steps and spent.unpriced == spent.steps else spent.cost,
        "tool_calls": agent.tool_calls,
        "checkpoints": agent.checkpoints,
        "corrections": agent.corrections,
        "commit": agent.commit,
        "rolled_back": agent.rolled_back,
    }


_VERDICTS = {
    "verified": ("green", "Verified: the test command passes."),
    "finished": ("green", "Finished. No test command was given, so nothing was verified."),
    "not_verified": ("red", "Not verified: the test command fails."),
    "failed": ("red", "Not done."),
    "limit": ("yellow", "Stopped by a limit."),
    "infra": ("red", "Stopped: something that the run needs failed."),
    "interrupted": ("yellow", "Interrupted. What was done is kept."),
    "open": ("yellow", "Not ended: at work, or killed."),
}


def print_text(view: RunView, next_step: str | None = None) -> None:
    """The end of a run for people, on standard output."""
    color, verdict = _VERDICTS[view.status]
    secho(verdict, fg=color, bold=True)
    print_with_yours(view)
    if view.ended and view.ended.reason and view.status != "infra":  # a fault was told as such
        echo(view.ended.reason)
    print_changes(view)
    _print_tests(view)
    spent = view.spending
    echo(
        f"{counted(spent.steps, 'step')}, {spent.usage.input:,} + {spent.usage.output:,} tokens, "
        f"{spent.cost_text}, {view.seconds:.1f} s"
    )
    secho(f"→ {next_step or _next_step(view)}", dim=True)


def print_with_yours(view: RunView) -> None:
    """Below a verdict: what it is with the person's tests put back, where they were changed."""
    pristine = view.verified.pristine if view.verified is not None else None
    if pristine is not None:
        secho(with_yours(pristine), fg="green" if pristine.passed else "red", bold=True)


def _print_tests(view: RunView) -> None:
    verified = view.verified
    if verified is None:
        return
    if not verified.check.passed:
        echo("\n".join(f"  | {line}" for line in verified.check.output.splitlines()[-15:]))
    if verified.changed_tests:
        names = ", ".join(verified.changed_tests)
        secho(f"Existing tests or protected files were changed: {names}.", fg="yellow")


def _next_step(view: RunView) -> str:
    run = view.run_id
    if view.status in ("limit", "infra", "interrupted", "open"):
        option = f"--{view.limit.limit.replace('_', '-')}" if view.limit else "limit"
        more = f" with a higher {option}" if view.status == "limit" else ""
        return f"agentcli resume {run}{more}"
    if view.landed is None:
        return f"agentcli show {run}"
    return f"agentcli diff {run} · agentcli apply {run} · branch {view.landed.branch}"
