"""Put a study to work: on this machine, by how many processes with which share, or elsewhere."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentcli.compare.campaign import Campaign, Rules, Stop
from agentcli.compare.executor import Local
from agentcli.compare.ray import RayExecutor, connected
from agentcli.compare.store import Store
from agentcli.compare.study import Study
from agentcli.compare.worker import Assignment, workers
from agentcli.journal.store import Journal

_PER_PROCESS = 4  # trials at once that one process surely has computing time for


@dataclass(frozen=True)
class Force:
    """How many trials at once, and where: in how many processes here, or on which Ray cluster."""

    jobs: int
    processes: int
    cluster: str | None = None

    @classmethod
    def of(cls, jobs: int, processes: int | None = None, cluster: str | None = None) -> "Force":
        """As many processes as are asked for, else as help: one thread computes in each."""
        useful = min(os.cpu_count() or 1, -(-jobs // _PER_PROCESS))
        return cls(jobs, min(jobs, processes or useful), cluster)

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
    if force.cluster is not None:
        with connected(force.cluster) as ray:
            far = RayExecutor(ray, study, journal, force.jobs)
            return await Campaign(study, store, journal, far, rules, on_alarm).run()
    own, *others = force.shares()
    helpers = [
        Assignment(folder=study.folder, base=study.base, places=places, rules=rules)
        for places in others
    ]
    async with workers(helpers):
        local = Local(study, journal, own)
        return await Campaign(study, store, journal, local, rules, on_alarm).run()
