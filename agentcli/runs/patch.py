"""What a run changed, as one patch."""

from agentcli.errors import AgentcliError
from agentcli.journal.folds import fold
from agentcli.journal.store import Journal
from agentcli.runs.places import run_dir
from agentcli.workspace.store import RunStore


def run_patch(run_id: str, journal: Journal) -> str | None:
    """From the run's start to its result; None where its files are not on this machine."""
    view = fold(run_id, journal.events(run_id))
    if view.started is None or not run_dir(run_id).exists():
        return None
    after = view.ended.tree if view.ended and view.ended.tree else view.tree
    try:
        return RunStore.open(run_dir(run_id)).diff(view.started.base_tree, after)
    except AgentcliError:
        return None
