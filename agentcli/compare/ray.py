"""Trials on a Ray cluster: each is one Ray task, with Ray's own retries off.

What failed, and why, is the campaign's to judge: a lost node is a failure of infrastructure, and
the trial is done again. Nodes need agentcli of the same version and the models' keys in their
environment; sandboxes use each node's own engine.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

from agentcli.compare.outcome import Outcome
from agentcli.compare.parcel import Home, Parcel, make_parcel, open_parcel, take_home
from agentcli.compare.result import failed_before
from agentcli.compare.store import Claim
from agentcli.compare.study import Study
from agentcli.errors import AgentcliError, InfraFault, UsageFault
from agentcli.journal.store import Journal

_CPUS = 0.25  # of a node for each trial, which waits for its model most of the time


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """The ray module, connected to a cluster for as long as the block lasts.

    Raises UsageFault when the extra is missing, InfraFault when no cluster answers.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise UsageFault(
            "Ray is not installed.", "pip install 'agentcli[ray]', here and on each node."
        ) from error
    with redirect_stdout(sys.stderr):  # Ray tells of dead nodes there, among a program's JSON
        try:
            ray.init(address=address, log_to_driver=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise InfraFault(
                f"No Ray cluster answers at {address}: {error}.", "Start one: ray start --head"
            ) from error
        try:
            yield ray
        finally:
            ray.shutdown()


@dataclass(frozen=True)
class RayExecutor:
    """`places` trials at a time, wherever the cluster has room. `ray` is the connected module."""

    ray: Any
    study: Study
    journal: Journal
    places: int

    def can_go_on(self, claim: Claim) -> bool:
        """A run is only carried out whole: its node may be gone."""
        return self.journal.last_seq(claim.run_id) == 0

    async def carry_out(self, claim: Claim) -> Outcome:
        try:
            parcel = await asyncio.to_thread(make_parcel, claim, self.study)
            home = await self._elsewhere(parcel)
            return take_home(claim, home, self.journal)
        except self.ray.exceptions.RayError as fault:
            cause = getattr(fault, "cause", None) or fault
            said = str(cause).strip().partition("\n")[0]
            return failed_before(claim, self.journal, f"{type(cause).__name__}: {said}")
        except AgentcliError as fault:
            return failed_before(claim, self.journal, str(fault))

    async def _elsewhere(self, parcel: Parcel) -> Home:
        remote = self.ray.remote(_carry_out).options(
            name=parcel.claim.trial.id, num_cpus=_CPUS, max_retries=0
        )
        reference = remote.remote(parcel)
        try:
            home: Home = await reference
        except asyncio.CancelledError:
            self.ray.cancel(reference, force=True)
            raise
        return home


def _carry_out(parcel: Parcel) -> Home:
    """What runs on a node."""
    return asyncio.run(open_parcel(parcel))
