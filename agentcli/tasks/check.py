"""Prove that a task is fit to measure with: its verifier refuses the start, accepts the reference.

Each verdict is given several times, in fresh sandboxes, so that a verifier that can't make up its
mind is found before it adds noise to a comparison.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from agentcli.errors import AgentcliError, UsageFault
from agentcli.journal.events import Check
from agentcli.sandbox.base import Backend
from agentcli.settings import Settings
from agentcli.tasks.bench import Bench, bench
from agentcli.tasks.task import Task

Fitness = Literal[
    "fit",
    "passes before",  # nothing needs to be done
    "reference fails",
    "flaky",  # the same tree passed once and failed once
    "no reference",  # so it isn't known whether it can be solved at all
    "broken",  # its files can't be had
    "infra",  # the sandbox failed, which says nothing about the task
]


@dataclass(frozen=True)
class Checked:
    """What was found about one task. The tuples say of each verdict whether it passed."""

    task: str
    fitness: Fitness
    before: tuple[bool, ...] = ()
    after: tuple[bool, ...] = ()
    reason: str = ""  # one line, where it isn't fit
    seconds: float = 0.0


@dataclass(frozen=True)
class Checker:
    """Where tasks are checked, and how often each verdict is asked for."""

    backend: Backend
    settings: Settings
    repeats: int = 2

    async def check_all(
        self, tasks: Sequence[Task], jobs: int, on_checked: Callable[[Checked], None]
    ) -> list[Checked]:
        """Check the tasks, `jobs` at a time; the answers are in the tasks' order.

        `on_checked` is told of each one as soon as it is known.
        """
        places = asyncio.Semaphore(jobs)

        async def one(task: Task) -> Checked:
            async with places:
                checked = await self.check(task)
            on_checked(checked)
            return checked

        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(one(task)) for task in tasks]
        return [answer.result() for answer in asked]

    async def check(self, task: Task) -> Checked:
        """Check one task. A fault is its answer, so that one task doesn't stop the others."""
        began = time.monotonic()
        try:
            async with bench(task, self.backend, self.settings) as place:
                before = await self._verdicts(place, place.store.base_tree)
                after = await self._verdicts(place, await place.solve()) if task.solvable else []
        except UsageFault as fault:
            return Checked(task.id, "broken", reason=str(fault))
        except AgentcliError as fault:
            return Checked(task.id, "infra", reason=str(fault))
        fitness, reason = _judge(before, after)
        return Checked(
            task=task.id,
            fitness=fitness,
            before=tuple(check.passed for check in before),
            after=tuple(check.passed for check in after),
            reason=reason,
            seconds=round(time.monotonic() - began, 2),
        )

    async def _verdicts(self, place: Bench, tree: str) -> list[Check]:
        return [(await place.judge(tree)).check for _ in range(self.repeats)]


def _judge(before: Sequence[Check], after: Sequence[Check]) -> tuple[Fitness, str]:
    for name, checks in (("start", before), ("reference", after)):
        passed = [check.passed for check in checks]
        if any(passed) and not all(passed):
            failed = checks[passed.index(False)]
            return "flaky", f"the {name} passed {sum(passed)} of {len(passed)}; {_said(failed)}"
    if all(check.passed for check in before):
        return "passes before", "the verifier accepts the untouched start"
    if not after:
        return "no reference", "nothing shows that it can be solved"
    if not all(check.passed for check in after):
        return "reference fails", _said(after[0])
    return "fit", ""


def _said(check: Check) -> str:
    """The verdict in one line: how the command ended and its last words."""
    if check.exit_code is None:
        return f"no end within {check.seconds:.0f} s"
    lines = [line.strip() for line in check.output.splitlines() if line.strip()]
    return f"exit code {check.exit_code}: {lines[-1] if lines else 'no output'}"
