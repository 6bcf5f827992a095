"""A run as an ATIF trajectory: Harbor's Agent Trajectory Interchange Format, version 1.7.

One trajectory for each agent, a child's inside its parent's. What a model was told is a step, and
so is each of its replies, with the tools' results as that step's observation. Superseded events
(of a limit that a resume raised) are left out.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from agentcli import __version__
from agentcli.errors import UsageFault
from agentcli.journal.events import Delegated, Event, ModelReplied, Prompted, ToolReturned
from agentcli.journal.folds import AgentView, RunView, fold
from agentcli.journal.stream import effective

SCHEMA = "ATIF-v1.7"

Json = dict[str, Any]


def to_atif(run_id: str, events: Iterable[Event]) -> Json:
    """The run's root trajectory. Raises UsageFault for a run in which no agent did anything."""
    counted = list(effective(events))
    view = fold(run_id, counted)
    told: dict[str, list[Event]] = {agent: [] for agent in view.agents}
    for event in counted:
        if event.agent_id in told:
            told[event.agent_id].append(event)
    trajectories = {
        agent.id: _trajectory(view, agent, steps)
        for agent in view.agents.values()
        if (steps := _steps(told[agent.id]))
    }
    if not trajectories:
        raise UsageFault(f"No agent of run {run_id} did anything.", "There is nothing to export.")
    root = next(iter(trajectories.values()))
    for agent, trajectory in list(trajectories.items())[1:]:
        parent = trajectories.get(view.agents[agent].parent_id or "", root)
        parent.setdefault("subagent_trajectories", []).append(trajectory)
    root["final_metrics"]["extra"] = {"status": view.status, "seconds": round(view.seconds, 3)}
    return root


def _trajectory(view: RunView, agent: AgentView, steps: Sequence[Json]) -> Json:
    spent = agent.spending
    return {
        "schema_version": SCHEMA,
        "session_id": view.run_id,
        "trajectory_id": _trajectory_id(view.run_id, agent.id),
        "agent": {
            "name": "agentcli",
            "version": view.started.version if view.started else __version__,
            "model_name": agent.model,
            "extra": {"id": agent.id, "role": agent.role, "goal": agent.brief.goal},
        },
        "steps": steps,
        "final_metrics": {
            "total_prompt_tokens": spent.usage.input,
            "total_completion_tokens": spent.usage.output,
            "total_cached_tokens": spent.usage.cached,
            # Unknown is left out: a sum without it would pass for the whole.
            **({} if spent.unpriced else {"total_cost_usd": spent.cost}),
            "total_steps": len(steps),
        },
    }


def _steps(events: Iterable[Event]) -> list[Json]:
    steps: list[Json] = []
    handed_on: list[str] = []  # children of the call at work
    for event in events:
        match event.body:
            case Prompted() as told:
                source = "system" if told.kind == "system" else "user"
                _append(steps, event, source=source, message=told.text)
            case ModelReplied() as reply:
                _append(steps, event, source="agent", **_reply(reply))
            case Delegated() as delegated:
                handed_on.append(_trajectory_id(event.run_id, delegated.delegation))
            case ToolReturned() as returned if steps and steps[-1]["source"] == "agent":
                _observe(steps[-1], returned, handed_on)
                handed_on = []
            case _:
                pass
    return steps


def _append(steps: list[Json], event: Event, **fields: Any) -> None:
    at = datetime.fromtimestamp(event.at, UTC).isoformat()
    steps.append({"step_id": len(steps) + 1, "timestamp": at, **fields})


def _reply(reply: ModelReplied) -> Json:
    step: Json = {
        "model_name": reply.model,
        "message": reply.text,
        "llm_call_count": 1,
        "metrics": {
            "prompt_tokens": reply.usage.input,
            "completion_tokens": reply.usage.output,
            "cached_tokens": reply.usage.cached,
        },
    }
    if reply.cost is not None:
        step["metrics"]["cost_usd"] = reply.cost
    if reply.thinking:
        step["reasoning_content"] = reply.thinking
    if reply.calls:
        step["tool_calls"] = [_call(c.id, c.name, c.arguments) for c in reply.calls]
    return step


def _observe(step: Json, returned: ToolReturned, handed_on: Sequence[str]) -> None:
    """Put a tool's result, and the call if it stands only in the reply's text, into its step."""
    call = returned.call
    calls = step.setdefault("tool_calls", [])
    if all(known["tool_call_id"] != call.id for known in calls):
        calls.append(_call(call.id, call.name, call.arguments))
    result: Json = {"source_call_id": call.id, "content": returned.output}
    if handed_on:
        result["subagent_trajectory_ref"] = [{"trajectory_id": child} for child in handed_on]
    step.setdefault("observation", {"results": []})["results"].append(result)


def _call(call_id: str, name: str, arguments: Json) -> Json:
    return {"tool_call_id": call_id, "function_name": name, "arguments": arguments}


def _trajectory_id(run_id: str, agent: str) -> str:
    return f"{run_id}/{agent}"
