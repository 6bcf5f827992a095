"""Carry out one trial: its task made real, a run that begins or goes on, the outcome.

All that a trial leaves behind is in its run; its repository goes when it is scored.
"""

import shutil
from collections.abc import Sequence

from agentcli.compare.outcome import Outcome
from agentcli.compare.plan import Trial
from agentcli.compare.result import JUDGED, failed_before, outcome_of
from agentcli.compare.store import Claim
from agentcli.compare.study import Study
from agentcli.errors import AgentcliError
from agentcli.journal.events import AnyBody, ModelReplied, RunEnded, RunResumed
from agentcli.journal.folds import fold
from agentcli.journal.store import Journal
from agentcli.runs.complete import complete_ledger
from agentcli.runs.isolation import isolation
from agentcli.runs.places import is_at_work, run_dir
from agentcli.runs.resume import resume
from agentcli.runs.start import Order, start
from agentcli.settings import Settings
from agentcli.tasks.images import task_image


async def carry_out(claim: Claim, study: Study, journal: Journal) -> Outcome:
    """Do what is missing of the claim's run, and return the outcome.

    Cancelled, the run stops and keeps everything, and the outcome's status is `interrupted`. What
    goes wrong outside the run is an outcome, too: one trial never stops the others.
    """
    try:
        status = fold(claim.run_id, journal.events(claim.run_id)).status
        if status not in JUDGED:
            status = (await _run(claim, study, journal)).status
        if status in JUDGED:
            await complete_ledger(claim.run_id, journal, _quiet)
    except AgentcliError as fault:
        return failed_before(claim, journal, str(fault))
    except Exception as fault:  # noqa: BLE001 - a fault of ours says nothing about the arm either
        return failed_before(claim, journal, f"{type(fault).__name__}: {fault}")
    return outcome_of(claim, journal)


def can_go_on(claim: Claim, journal: Journal) -> bool:
    """Whether the claim's run can be begun or gone on with under its id.

    Not when a process that lost the trial still works on it, when its files are gone, or when
    going on got nowhere the last time.
    """
    if is_at_work(claim.run_id):
        return False
    bodies = [event.body for event in journal.events(claim.run_id)]
    if not bodies or fold(claim.run_id, journal.events(claim.run_id)).status in JUDGED:
        return True
    if not run_dir(claim.run_id).exists():
        return False
    return not _got_nowhere(bodies)


def _got_nowhere(bodies: Sequence[AnyBody]) -> bool:
    """Whether going on failed for infrastructure before a single new reply was on record."""
    resumed = [number for number, body in enumerate(bodies) if isinstance(body, RunResumed)]
    session = bodies[resumed[-1] :] if resumed else ()
    failed = any(isinstance(body, RunEnded) and body.status == "infra" for body in session)
    return failed and not any(isinstance(body, ModelReplied) for body in session)


async def _run(claim: Claim, study: Study, journal: Journal) -> RunEnded:
    trial = claim.trial
    task = study.tasks[trial.task]
    settings = study.settings(trial)
    repo, taken = await study.material.repository(task, trial.id)
    if journal.last_seq(claim.run_id):
        # Where models are served may have changed since; what is measured may not.
        place = {"api_base": settings.api_base}
        return await resume(claim.run_id, journal, place, on_progress=_quiet)
    shutil.rmtree(run_dir(claim.run_id), ignore_errors=True)  # of a start that was killed
    settings = await _with_image(settings, study, trial)
    order = Order(task.prompt, repo, settings, task, claim.run_id, taken)
    return await start(order, journal, on_progress=_quiet)


async def _with_image(settings: Settings, study: Study, trial: Trial) -> Settings:
    task = study.tasks[trial.task]
    if task.dockerfile is None:
        return settings
    image = await task_image(task, await isolation(settings, _quiet))
    return settings.model_copy(update={"image": image})


def _quiet(_line: str) -> None:
    return None
