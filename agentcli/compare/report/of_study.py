"""A study's report, at any moment of its life: from its plan and the outcomes in its store."""

from agentcli.compare.arms import Arm
from agentcli.compare.report.data import ArmFacts, Report
from agentcli.compare.report.make import make_report
from agentcli.compare.store import Store
from agentcli.compare.study import Study
from agentcli.settings import Settings, changed


def report_of(study: Study, store: Store) -> Report:
    """What the study tells by now; also while others work on it."""
    plan = study.plan
    shared = changed(Settings(), plan.settings, f"study {plan.name}")
    found = make_report(
        plan.name,
        store.outcomes(),
        [_facts(arm, arm.settings(shared)) for arm in plan.arms],
        plan.model_dump(mode="json"),
    )
    missing = store.standing().total - len(found.outcomes)
    if not missing:
        return found
    alarm = f"The study is not over: {missing} of its trials have no result yet."
    return found.model_copy(update={"alarms": (alarm, *found.alarms)})


def _facts(arm: Arm, settings: Settings) -> ArmFacts:
    roles = {"planner": settings.planner_model, "coder": settings.coder_model}
    named = [f"{role} {model}" for role, model in roles.items() if model]
    return ArmFacts(
        name=arm.name,
        mode=settings.mode,
        policy=settings.policy if settings.mode == "swarm" else "",
        model=", ".join(filter(None, [settings.model, *named])),
    )
