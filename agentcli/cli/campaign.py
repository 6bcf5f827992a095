"""What `batch`, `compare` and `study run` share: options, the work itself, and what is said."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import click

from agentcli.cli.options import model_options, policy_options, sandbox_options, team_options
from agentcli.cli.run import run_interruptibly
from agentcli.cli.say import echo
from agentcli.compare.arms import Arm
from agentcli.compare.campaign import Caps, Rules, Stop
from agentcli.compare.conduct import Force, conduct
from agentcli.compare.plan import make_plan
from agentcli.compare.store import Standing, Store
from agentcli.compare.study import Study, open_study
from agentcli.compare.study_file import Budget
from agentcli.errors import ExitCode, UsageFault
from agentcli.journal.store import Journal
from agentcli.settings import Settings
from agentcli.tasks.find import find_tasks, select
from agentcli.tasks.task import Limits, Task

F = TypeVar("F", bound=Callable[..., Any])
_POSITIVE = click.FloatRange(min=0, min_open=True)

_OPTIONS = (
    click.option("--only", multiple=True, metavar="GLOB", help="Only tasks whose id fits."),
    click.option("--tag", "tags", multiple=True, help="Only tasks with this tag."),
    click.option(
        "--budget-tokens", type=click.IntRange(1), metavar="N", help="Input + output of each trial."
    ),
    click.option("--budget-cost", type=_POSITIVE, metavar="USD", help="US dollars of each trial."),
    click.option(
        "--budget-steps", type=click.IntRange(1), metavar="N", help="Model calls of each trial."
    ),
    click.option("--budget-time", type=_POSITIVE, metavar="S", help="Seconds of each trial."),
    click.option(
        "--max-total-tokens", type=click.IntRange(1), metavar="N", help="Cap over all trials."
    ),
    click.option("--max-total-cost", type=_POSITIVE, metavar="USD", help="Cap over all trials."),
    click.option("--max-total-time", type=_POSITIVE, metavar="S", help="Cap on this command."),
    click.option(
        "--jobs", "-j", type=click.IntRange(1), default=1, show_default=True, help="Trials at once."
    ),
    click.option(
        "--processes",
        type=click.IntRange(1),
        help="Processes that share the jobs.  [default: one for 4 jobs, at most one a core]",
    ),
    click.option(
        "--executor",
        type=click.Choice(["local", "ray"]),
        default="local",
        show_default=True,
        help="Where trials are carried out.",
    ),
    click.option(
        "--address", default="auto", show_default=True, metavar="A", help="Of the Ray cluster."
    ),
    click.option(
        "--retry-infra",
        type=click.IntRange(0),
        default=2,
        show_default=True,
        metavar="N",
        help="New tries of a trial that infrastructure failed; the next command tries again.",
    ),
    click.option(
        "--other-versions",
        is_flag=True,
        help="Go on with a study that was begun with other versions or prompts.",
    ),
    click.option(
        "--output",
        "-o",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="What standard output gets.",
    ),
)


def campaign_options(function: F) -> F:
    """What every command that carries out trials takes."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def way_options(function: F) -> F:
    """The settings that hold for every arm, or for the only one."""
    for options in (sandbox_options, policy_options, team_options, model_options):
        function = options(function)
    return function


@dataclass(frozen=True)
class Wish:
    """The options of `campaign_options`, taken out of all that were given."""

    only: Sequence[str]
    tags: Sequence[str]
    budget: Limits
    rules: Rules
    force: Force
    other_versions: bool
    output: str

    @classmethod
    def take(cls, flags: dict[str, Any], planned: Budget | None = None) -> "Wish":
        """Take them out of `flags`, which are then settings alone.

        `planned` is the budget of a study's file, which an option changes.
        """
        given = {one: flags.pop(f"budget_{one}") for one in Budget.model_fields}
        given = {one: value for one, value in given.items() if value is not None}
        budget = (planned or Budget()).model_copy(update=given)
        caps = Caps(
            tokens=flags.pop("max_total_tokens"),
            cost=flags.pop("max_total_cost"),
            seconds=flags.pop("max_total_time"),
        )
        executor, address = flags.pop("executor"), flags.pop("address")
        cluster = address if executor == "ray" else None
        return cls(
            only=flags.pop("only"),
            tags=flags.pop("tags"),
            budget=budget.limits(),
            rules=Rules(caps=caps, tries=flags.pop("retry_infra") + 1),
            force=Force.of(flags.pop("jobs"), flags.pop("processes"), cluster),
            other_versions=flags.pop("other_versions"),
            output=flags.pop("output"),
        )

    def tasks(self, where: Sequence[str]) -> list[Task]:
        """The tasks that are meant. Raises UsageFault for none, and for two of one id."""
        found = [task for one in where for task in find_tasks(one)]
        ids = [task.id for task in found]
        for name in ids:
            if ids.count(name) > 1:
                raise UsageFault(f"Two tasks are called {name}.", "Leave one out, or rename it.")
        return select(found, self.only, self.tags)


@dataclass(frozen=True)
class Done:
    """A study after a command's work on it."""

    study: Study
    standing: Standing
    stop: Stop | None
    outcomes: Sequence[Any]

    @property
    def exit_code(self) -> ExitCode:
        """0 when every trial has a score, 3 or 4 with what kept some from it."""
        if self.stop is not None and self.stop.kind == "cap":
            return ExitCode.LIMIT
        return ExitCode.OK if self.standing.scored == self.standing.total else ExitCode.INFRA

    def json(self) -> str:
        """Everything, for programs."""
        return json.dumps(
            {
                "study": str(self.study.folder),
                "plan": self.study.plan.model_dump(mode="json", exclude={"versions": {"prompts"}}),
                "standing": asdict(self.standing),
                "stopped": None if self.stop is None else asdict(self.stop),
                "trials": [one.model_dump(mode="json") for one in self.outcomes],
            },
            ensure_ascii=False,
        )


def carry_out(
    name: str, tasks: Sequence[Task], arms: Sequence[Arm], seeds: int, base: Settings, wish: Wish
) -> Done:
    """Plan the study, or find it again, and do what is left of it, shown live."""
    plan = make_plan(name, tasks, arms, seeds, wish.budget, base)
    study = open_study(plan, tasks, base, wish.other_versions)
    with Journal() as journal, study.store() as store:
        store.begin(plan.trials(), plan.versions)
        stop = _work(study, store, journal, wish)
        done = Done(study, store.standing(), stop, store.outcomes())
    if stop is not None:
        echo(f"agentcli: {stop.reason}", err=True)
    elif done.standing.infra:
        echo(
            f"agentcli: {done.standing.infra} trials failed for infrastructure and have no score. "
            "The same command tries them again.",
            err=True,
        )
    return done


def _work(study: Study, store: Store, journal: Journal, wish: Wish) -> Stop | None:
    from agentcli.cli.watch import Watch

    watch = Watch.for_terminal(store)

    async def go() -> Stop | None:
        async with watch:
            return await conduct(study, store, journal, wish.force, wish.rules, watch.alarm)

    try:
        return run_interruptibly(go())
    except KeyboardInterrupt:
        left = store.standing()
        echo(
            f"agentcli: {left.scored} of {left.total} trials are done, and all else is kept. "
            "The same command goes on.",
            err=True,
        )
        raise


def say(done: Done, wish: Wish, to_people: Callable[[Done], None]) -> None:
    """The study on standard output, as it was asked for."""
    if wish.output == "json":
        echo(done.json())
    else:
        to_people(done)


def plain_table(done: Done) -> None:
    """A line for each arm, for people."""
    arms = [arm.name for arm in done.study.plan.arms]
    width = max(map(len, arms))
    for arm in arms:
        own = [one for one in done.outcomes if one.arm == arm and one.score != "infra"]
        solved = sum(one.score == "solved" for one in own)
        tokens = sum(one.tokens for one in own)
        echo(f"{arm:<{width}}  {solved} of {len(own)} solved  {tokens:,} tokens")
    echo(f"Study: {done.study.folder}")
