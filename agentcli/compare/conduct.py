"""Put a study to work on this machine: how many processes, and who has which share."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentcli.compare.campaign import Campaign, Rules, Stop
from agentcli.compare.executor import Local
from agentcli.compare.store import Store
from agentcli.compare.study import Study
from agentcli.compare.worker import Assignment, workers
from agentcli.journal.store import Journal

_PER_PROCESS = 4  # trials at once that one process surely has computing time for


@dataclass(frozen=True)
class Force:
    """How many trials at once, in how many processes."""

    jobs: int
    processes: int

    @classmethod
    def of(cls, jobs: int, processes: int | None = None) -> "Force":
        """As many processes as are asked for, else as help: one thread computes in each."""
        useful = min(os.cpu_count() or 1, -(-jobs // _PER_PROCESS))
        return cls(jobs, min(jobs, processes or useful))

    def shares(self) -> Sequence[int]:
        """The places of each process."""
        each, more = divmod(self.jobs, self.processes)
        return [each + (number < more) for number in range(self.processes)]


async def conduct(
    study: Study,
    store: Store,
    journal: Journal,
    force: Force,
    rules: Rules,
    on_alarm: Callable[[str], None],
) -> Stop | None:
    """Carry out what is left of the study; returns why it stopped before the end, if it did.

    Cancelled, everything stops and is kept.
    """
    own, *others = force.shares()
    helpers = [
        Assignment(folder=study.folder, base=study.base, places=places, rules=rules)
        for places in others
    ]
    async with workers(helpers):
        local = Local(study, journal, own)
        return await Campaign(study, store, journal, local, rules, on_alarm).run()
