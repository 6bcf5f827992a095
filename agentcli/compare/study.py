"""A study in its folder: the plan, the tasks, and how a trial of it is to be run.

The folder is named after the plan, so the same command finds it again and goes on. Whoever knows
the folder can work on the study: nothing else is needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from agentcli.compare.arms import Arm
from agentcli.compare.material import Material
from agentcli.compare.plan import Plan, Trial
from agentcli.compare.store import Store
from agentcli.delegation.policy import policy_of
from agentcli.errors import UsageFault
from agentcli.runs.checks import check_way_of_working
from agentcli.settings import Settings, changed, state_dir
from agentcli.tasks.file import read_file, to_yaml
from agentcli.tasks.task import Task

_PLAN = "plan.json"
_TASKS = "tasks.yaml"


@dataclass(frozen=True)
class Study:
    """A plan that has its place. `base` are the settings under all arms, as of this session."""

    folder: Path
    plan: Plan
    tasks: Mapping[str, Task]
    base: Settings

    def store(self) -> Store:
        """The trials and who works on which."""
        return Store(self.folder / "study.db")

    @cached_property
    def material(self) -> Material:
        """The repositories that its trials work on."""
        return Material(self.folder)

    def settings(self, trial: Trial) -> Settings:
        """A trial's settings: the shared ones, then the task's, the equal budget, the arm's."""
        return self._settings(self.tasks[trial.task], self.plan.arm(trial.arm), trial.seed)

    def check(self) -> None:
        """Refuse what can be known to go wrong before anything is spent on it.

        Raises UsageFault that names the arm and the tasks.
        """
        for arm in self.plan.arms:
            settings = [self._settings(task, arm, 0) for task in self.tasks.values()]
            for one in settings:
                check_way_of_working(one)
            swarm = [one for one in settings if one.mode == "swarm"]
            if any(policy_of(one).gate == "human" for one in swarm):
                raise UsageFault(f"Arm {arm.name}: nobody can be asked in a study.")
            if any(policy_of(one).gate == "evidence" for one in swarm):
                self._require_checks(arm)

    def _require_checks(self, arm: Arm) -> None:
        missing = [task.id for task in self.tasks.values() if task.agents_check is None]
        if missing:
            named = ", ".join(missing[:4]) + (" …" if len(missing) > 4 else "")
            raise UsageFault(
                f"Arm {arm.name} decides by a check that agents may run, and {len(missing)} of "
                f"{len(self.tasks)} tasks have none: {named}.",
                "Give them `check:`, or leave them out with --only or --tag.",
            )

    def _settings(self, task: Task, arm: Arm, seed: int) -> Settings:
        budget = {k: v for k, v in self.plan.budget.model_dump().items() if v is not None}
        given = {**task.settings(), **budget, "seed": seed}
        return arm.settings(changed(self.base, given, f"task {task.id}"))


def open_study(
    plan: Plan, tasks: Sequence[Task], base: Settings, other_versions: bool = False
) -> Study:
    """The study of a plan, in its folder, new or gone on with.

    Raises UsageFault when it can't be carried out as planned, or was begun with other versions,
    unless those are to be mixed.
    """
    folder = state_dir() / "studies" / f"{plan.name}-{plan.digest}"
    study = Study(folder, plan, {task.id: task for task in tasks}, base)
    study.check()
    if (folder / _PLAN).exists():
        _check_versions(load_study(folder, base).plan, plan, other_versions)
    folder.mkdir(parents=True, exist_ok=True)
    _write_once(folder / _TASKS, to_yaml(tasks))
    _write_once(folder / _PLAN, plan.model_dump_json(indent=1))
    return study


def load_study(folder: Path, base: Settings) -> Study:
    """The study in a folder. Raises UsageFault when there is none."""
    try:
        plan = Plan.model_validate_json((folder / _PLAN).read_bytes())
    except OSError as error:
        raise UsageFault(f"There is no study in {folder}.") from error
    return Study(folder, plan, {task.id: task for task in read_file(folder / _TASKS)}, base)


def find_folder(name: str) -> Path:
    """The folder of a study: a path, or the study's name. Of several of one name the newest.

    Raises UsageFault when there is none.
    """
    if (Path(name) / _PLAN).is_file():
        return Path(name)
    studies = state_dir() / "studies"
    found = [plan for plan in studies.glob(f"*/{_PLAN}") if _is_called(plan.parent.name, name)]
    if not found:
        known = sorted(plan.parent.name for plan in studies.glob(f"*/{_PLAN}"))
        raise UsageFault(
            f"There is no study {name!r}.", f"There are: {', '.join(known) or 'none'}."
        )
    return max(found, key=lambda plan: plan.stat().st_mtime).parent


def _is_called(folder: str, name: str) -> bool:
    return name in (folder, folder.rpartition("-")[0])


def _check_versions(begun: Plan, now: Plan, other_versions: bool) -> None:
    found = begun.versions.differences(now.versions)
    if found and not other_versions:
        raise UsageFault(
            f"This study was begun with other versions: {'; '.join(found)}. Its trials would not "
            "be comparable.",
            "Go on with those versions, take another --name, or mix them with --other-versions.",
        )


def _write_once(file: Path, text: str) -> None:
    """Two commands that begin the same study write the same."""
    if not file.exists():
        new = file.with_suffix(".new")
        new.write_text(text, "utf-8")
        new.rename(file)
