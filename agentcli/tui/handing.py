"""What a run's result is asked for: its patch, its application, its removal; each as a line.

Each opens its own journal, so that it can be called beside the event loop.
"""

from collections.abc import Callable

from agentcli.journal.folds import RunView
from agentcli.journal.store import Journal
from agentcli.plain import counted
from agentcli.runs.hand_over import apply_run, remove_run, undo_run
from agentcli.runs.look import agent_trees, run_trees
from agentcli.runs.mail import Way, say
from agentcli.runs.places import run_dir
from agentcli.workspace.store import RunStore

Act = Callable[[str], str]


def patch_of(view: RunView, agent: str | None = None) -> str:
    """What the run changed up to now, or one agent of it. Raises UsageFault when its files are
    gone."""
    store = RunStore.open(run_dir(view.run_id))
    if agent is None:
        return store.diff(*run_trees(view))
    with Journal() as journal:
        return store.diff(*agent_trees(journal.events(view.run_id), agent))


def told(run_id: str, agent: str, way: Way, text: str) -> str:
    """Write to an agent at work. Raises UsageFault when nobody would hear it."""
    with Journal() as journal:
        sent = say(run_id, agent, way, text, journal)
    return f"Sent to {', '.join(letter.to for letter in sent)}."


def applied(run_id: str) -> str:
    """Put the result into the working tree."""
    with Journal() as journal:
        done = apply_run(run_id, journal)
    merged = f" Merged with your own edits: {', '.join(done.merged)}." if done.merged else ""
    return f"Applied {counted(len(done.changes), 'file')}.{merged} u takes it back."


def undone(run_id: str) -> str:
    """Take it out of the working tree again."""
    with Journal() as journal:
        paths = undo_run(run_id, journal)
    return f"Undone: {counted(len(paths), 'file')} as before."


def removed(run_id: str) -> str:
    """Delete the run for good."""
    with Journal() as journal:
        gone = remove_run(run_id, journal)
    return " ".join([f"Deleted run {run_id}.", *gone.kept])
