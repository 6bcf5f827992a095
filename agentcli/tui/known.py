"""What the prompt can offer in this repository: its files, and what was asked for before."""

from itertools import islice
from pathlib import Path

from agentcli.errors import RepositoryFault
from agentcli.journal.events import RunStarted
from agentcli.journal.store import Journal
from agentcli.plain import plain
from agentcli.tui.offers import Sources
from agentcli.workspace.git import working_git

_RUNS = 300  # the newest, whose tasks are remembered


def known(repo: Path) -> Sources:
    """Read it. Blocks, so call it beside the event loop. Raises InfraFault for a bad journal."""
    with Journal() as journal:
        runs = list(islice(journal.run_ids(), _RUNS))
        tasks = [task for run in runs if (task := _task(journal, run))]
    return Sources(_files(repo), tasks, {"runs": ["last", *runs]})


def _task(journal: Journal, run_id: str) -> str:
    body = next((event.body for event in journal.events(run_id, agent_id="")), None)
    return plain(body.task) if isinstance(body, RunStarted) else ""


def _files(repo: Path) -> list[str]:
    """Tracked and new files, as paths from this directory; none outside a repository."""
    listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    try:
        found = working_git(repo).text(*listing)
    except RepositoryFault:
        return []
    return [path for path in found.split("\0") if path]
