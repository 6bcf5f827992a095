"""Go on with a run that was stopped: by a limit, a fault, Ctrl-C or a kill.

The run's code runs again from the start and is fed from the journal, so that no recorded reply
is asked for and no recorded tool result made again. A limit's unwinding is superseded (see
`RunResumed`), so the agent goes on where it stood, under the new limits.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentcli.agents.loop import OnText
from agentcli.delegation.gates.base import Person
from agentcli.errors import UsageFault
from agentcli.ids import PERSON, RUN_STREAM
from agentcli.journal.events import (
    Event,
    Landed,
    LimitHit,
    ModelRetried,
    RunEnded,
    RunResumed,
    RunStarted,
    Verified,
)
from agentcli.journal.folds import fold
from agentcli.journal.store import Journal, started
from agentcli.journal.stream import effective
from agentcli.models.build import open_models
from agentcli.models.lazy import warm_up
from agentcli.runs.cast import LiveCast
from agentcli.runs.engine import Job, Run
from agentcli.runs.isolation import isolation
from agentcli.runs.places import run_dir, run_lock
from agentcli.settings import Settings
from agentcli.workspace.store import RunStore

_OVER = ("verified", "finished", "not_verified", "failed")


async def resume(
    run_id: str,
    journal: Journal,
    changes: Mapping[str, Any],
    on_text: OnText | None = None,
    on_progress: Callable[[str], None] = print,
    person: Person | None = None,
) -> RunEnded:
    """Continue a run; `changes` are settings given anew (usually higher limits).

    Raises UsageFault when it is over already or at work elsewhere.
    """
    with run_lock(run_id):
        events = list(journal.events(run_id))
        recorded = effective(events)
        begun = started(recorded)
        _check_unfinished(run_id, recorded)
        warm_up()
        given = {key: value for key, value in changes.items() if value is not None}
        settings = Settings(**{**latest_settings(recorded, begun), **given})
        store = await asyncio.to_thread(RunStore.open, run_dir(run_id))
        rewind_to = _rewind_point(recorded)
        spent = fold(run_id, events).seconds
        journal.append(
            run_id,
            RUN_STREAM,
            RunResumed(rewind_to=rewind_to, settings=settings.model_dump(mode="json")),
        )
        job = Job(
            run_id,
            begun,
            settings,
            store,
            await isolation(settings, on_progress),
            past=[event for event in recorded if event.seq <= rewind_to],
            spent_seconds=spent,
        )

        def retried(body: ModelRetried) -> None:
            journal.append(run_id, RUN_STREAM, body)

        async with open_models(settings, retried) as models:
            return await Run(job, journal, LiveCast(settings, models), on_text, person).carry_out()


def _check_unfinished(run_id: str, events: Sequence[Event]) -> None:
    ended = _last(events, RunEnded)
    if ended is not None and ended.status in _OVER:
        raise UsageFault(
            f"Run {run_id} is over: {ended.status}.", f"`agentcli show {run_id}` shows it."
        )


def latest_settings(events: Sequence[Event], begun: RunStarted) -> dict[str, Any]:
    """The settings in force: those of the last resume, which may have raised limits."""
    resumed = _last(events, RunResumed)
    return dict(resumed.settings if resumed is not None else begun.settings)


def _rewind_point(events: Sequence[Event]) -> int:
    """The last event that still counts: before a limit of the run, else before its end."""
    for event in events:
        if isinstance(event.body, LimitHit) and event.body.scope == "run":
            return event.seq - 1
    seq = events[-1].seq
    if _last(events, RunEnded) is not None:
        for event in reversed(events):
            told = event.agent_id == PERSON  # too late to be heard: all agents had ended
            if not (told or event.body.ambient or isinstance(event.body, Landed | Verified)):
                break
            seq = event.seq - 1
    return seq


def _last(events: Sequence[Event], kind: type[Any]) -> Any:
    return next((e.body for e in reversed(events) if isinstance(e.body, kind)), None)
