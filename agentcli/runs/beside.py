"""Runs of one task beside each other: where each stands, step by step, and what tells them apart.

A `Side` is one run, live or past. It is read on from the journal like any view, and remembers
where the run stood after each of its model calls, so that runs can be looked at in step.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentcli.agents.conversation import describe
from agentcli.journal.events import Event, ModelReplied, ToolReturned
from agentcli.journal.folds import RunView
from agentcli.journal.ledger_folds import LedgerView
from agentcli.journal.store import Journal
from agentcli.plain import counted, plain
from agentcli.runs.look import live_status, run_trees, with_yours
from agentcli.runs.places import run_dir
from agentcli.workspace.store import RunStore

_ACT = 120  # characters


@dataclass
class Step:
    """One model call of a run. `seconds` (since the run began), `tokens` and `cost` are the run's
    up to then; `act`, `tree` and `passed` (a check's outcome) follow from what it led to."""

    number: int
    agent: str
    own: int  # the agent's count
    seconds: float
    tokens: int
    cost_text: str
    tree: str
    act: str = "…"
    passed: bool | None = None


@dataclass
class Side:
    """One of the runs that are compared."""

    run_id: str
    view: RunView = field(init=False)
    ledger: LedgerView = field(init=False)
    steps: list[Step] = field(default_factory=list)
    _latest: dict[str, Step] = field(default_factory=dict)  # by agent
    _seq: int = 0

    def __post_init__(self) -> None:
        self.view, self.ledger = RunView(self.run_id), LedgerView(self.run_id)

    @property
    def status(self) -> str:
        """As people are told it; `starting` while nothing is on record."""
        return live_status(self.view) if self.view.started else "starting"

    @property
    def is_live(self) -> bool:
        """Whether somebody works on it."""
        return self.status in ("starting", "at work")

    def read_on(self, journal: Journal) -> int:
        """Take in what was written since the last call; how many events there were."""
        before = self._seq
        for event in journal.events(self.run_id, before):
            self._take(event)
        return self._seq - before

    def at(self, seconds: float) -> int:
        """How many of its steps were taken by then."""
        return bisect_right([step.seconds for step in self.steps], seconds)

    def _take(self, event: Event) -> None:
        self._seq = event.seq
        self.view.apply(event)
        self.ledger.apply(event)
        match event.body:
            case ModelReplied():
                spent = self.view.spending
                step = Step(
                    spent.steps,
                    event.agent_id,
                    event.body.step,
                    event.at - self.view.began,
                    spent.usage.total,
                    spent.cost_text,
                    self.view.tree,
                )
                self.steps.append(step)
                self._latest[event.agent_id] = step
            case ToolReturned() as body if event.agent_id in self._latest:
                step = self._latest[event.agent_id]
                step.act = plain(describe(body.call, _ACT))
                step.passed = body.check.passed if body.check is not None else step.passed
            case _:
                pass
        if self.steps:
            self.steps[-1].tree = self.view.tree


def facts(side: Side, step: Step | None = None) -> list[tuple[str, str]]:
    """Where a run stands, as names and words; at a step of it, if one is named."""
    view, ledger = side.view, side.ledger
    started, spent = view.started, view.spending
    tokens, cost, seconds = spent.usage.total, spent.cost_text, view.seconds
    if step is not None:
        tokens, cost, seconds = step.tokens, step.cost_text, step.seconds
    mode = started.mode if started else ""
    policy = f" · {started.settings['policy']}" if started and mode == "swarm" else ""
    taken = f"{spent.steps}" if step is None else f"{step.number} of {spent.steps}"
    landed = view.landed
    return [
        ("status", side.status.replace("_", " ")),
        ("mode", mode + policy),
        ("model", ", ".join(_models(view))),
        ("steps", taken),
        ("tokens", f"{tokens:,}"),
        ("cost", cost),
        ("time", f"{seconds:.0f} s"),
        ("tests", _tests(side, step)),
        ("overrides", _overrides(ledger)),
        ("changed", counted(len(landed.changes), "file") if landed else "nothing landed"),
    ]


def patch_between(left: Side, right: Side, trees: tuple[str, str] | None = None) -> str:
    """What the right run's files have that the left one's have not; of two of their trees, if
    they are named. Raises UsageFault or InfraFault when a run's files are gone."""
    before, after = trees or (run_trees(left.view)[1], run_trees(right.view)[1])
    theirs = RunStore.open(run_dir(right.run_id))
    return RunStore.open(run_dir(left.run_id)).borrowing(theirs).diff(before, after)


def read_sides(run_ids: Sequence[str], journal: Journal) -> list[Side]:
    """The runs as they stand now."""
    sides = [Side(run_id) for run_id in run_ids]
    for side in sides:
        side.read_on(journal)
    return sides


def _models(view: RunView) -> list[str]:
    names = dict.fromkeys(view.started.models.values()) if view.started else {}
    return [name.rpartition("/")[2] for name in names]


def _tests(side: Side, step: Step | None) -> str:
    """The verdict, if it is in by then, else the last check that an agent ran."""
    verified, steps = side.view.verified, side.steps
    if verified is not None and (step is None or step is steps[-1]):
        told = "pass" if verified.check.passed else "fail"
        return f"{told}; {with_yours(verified.pristine)}" if verified.pristine else told
    known = (one.passed for one in reversed(steps[: step.number if step else None]))
    passed = next((each for each in known if each is not None), None)
    return {True: "pass, by an agent", False: "fail, by an agent", None: "not run"}[passed]


def _overrides(ledger: LedgerView) -> str:
    if not ledger.delegated:
        return "nothing delegated"
    count = len(ledger.overrides) if ledger.found else "?"
    return f"{count} of {counted(len(ledger.delegated), 'delegation')}"
