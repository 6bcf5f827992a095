"""What a run's result is asked for: its patch, its application, its removal; each as a line.

Each opens its own journal, so that it can be called beside the event loop.
"""

from collections.abc import Callable

from agentcli.journal.folds import RunView
from agentcli.journal.store import Journal
from agentcli.runs.hand_over import apply_run, remove_run, undo_run
from agentcli.runs.look import run_trees
from agentcli.runs.places import run_dir
from agentcli.workspace.store import RunStore

Act = Callable[[str], str]


def patch_of(view: RunView) -> str:
    """What the run changed up to now. Raises UsageFault when its files are gone."""
    return RunStore.open(run_dir(view.run_id)).diff(*run_trees(view))


def applied(run_id: str) -> str:
    """Put the result into the working tree."""
    with Journal() as journal:
        done = apply_run(run_id, journal)
    merged = f" Merged with your own edits: {', '.join(done.merged)}." if done.merged else ""
    return f"Applied {files(len(done.changes))}.{merged} u takes it back."


def undone(run_id: str) -> str:
    """Take it out of the working tree again."""
    with Journal() as journal:
        paths = undo_run(run_id, journal)
    return f"Undone: {files(len(paths))} as before."


def removed(run_id: str) -> str:
    """Delete the run for good."""
    with Journal() as journal:
        gone = remove_run(run_id, journal)
    return " ".join([f"Deleted run {run_id}.", *gone.kept])


def files(count: int) -> str:
    """A number of files in words."""
    return "1 file" if count == 1 else f"{count} files"
