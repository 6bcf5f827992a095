"""What the runs behind a report did: their agents and their patches, from journal and git."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from agentcli.compare.outcome import Outcome
from agentcli.journal.folds import AgentView, RunView, fold
from agentcli.journal.store import Journal
from agentcli.runs.look import run_trees
from agentcli.runs.places import run_dir
from agentcli.workspace.patches import Change, Readers, patches

# All that the folds need for what is shown here; a run has many more events.
_TYPES = (
    "run_started",
    "run_resumed",
    "agent_started",
    "model_replied",
    "delegation_closed",
    "agent_ended",
    "run_ended",
)


@dataclass(frozen=True)
class Evidence:
    """A run beside its outcome. `patch` is None where its repository is gone."""

    agents: tuple[AgentView, ...]
    patch: str | None


def gather(
    outcomes: Iterable[Outcome], journal: Journal, readers: Readers
) -> Mapping[str, Evidence]:
    """The evidence of each run that is on record, by its id."""
    known: list[RunView] = []

    def changes() -> Iterator[Change]:
        for outcome in outcomes:
            view = _view(outcome, journal)
            if view is not None:
                known.append(view)
                yield Change(run_dir(view.run_id), *run_trees(view))

    told = patches(changes(), readers)
    return {
        view.run_id: Evidence(tuple(view.agents.values()), patch)
        for view, patch in zip(known, told, strict=True)
    }


def _view(outcome: Outcome, journal: Journal) -> RunView | None:
    """None where the run is not on record."""
    if outcome.run_id is None:
        return None
    view = fold(outcome.run_id, journal.events(outcome.run_id, types=_TYPES))
    return view if view.started is not None else None
