"""The patches of many runs by few calls of git: one call for each would take a report minutes."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from agentcli.errors import InfraFault
from agentcli.workspace.git import as_list, store_git
from agentcli.workspace.snapshot import BASE

_AT_ONCE = 20  # runs for each call: git looks for an object in the stores of all of them
_MEMORY = 2**30  # bytes for one call; sandboxes made the files, and they may be of any size
_WARY = {"core.bigFileThreshold": "4m"}
_OPTIONS = {
    "people": ("--find-renames",),
    "programs": ("--no-renames", "--binary", "--full-index"),  # what `git apply` takes
}
# What git writes before each pair's patch. No line of a patch begins with a hexadecimal number.
_PAIR = re.compile(rb"^([0-9a-f]{40}) ([0-9a-f]{40})\n", re.MULTILINE)

Readers = Literal["people", "programs"]


@dataclass(frozen=True)
class Change:
    """What a run made of a tree. `run_dir` is where the run keeps its repositories."""

    run_dir: Path
    before: str
    after: str


def patches(changes: Iterable[Change], readers: Readers) -> list[str | None]:
    """Each change as a patch; None where the run's repository or a tree of it is gone.

    Git is at work on the first changes while the others are still being found.
    """
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = threads.map(lambda batch: _patches(batch, readers), _batches(changes))
        return [patch for batch in found for patch in batch]


def _batches(changes: Iterable[Change]) -> Iterator[Sequence[Change]]:
    left = iter(changes)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch


def _patches(changes: Sequence[Change], readers: Readers) -> list[str | None]:
    there = [change for change in changes if (change.run_dir / "run.git").is_dir()]
    try:
        told = _ask_git(there, readers) if there else {}
    except InfraFault:
        if len(changes) == 1:
            return [None]
        return [patch for change in changes for patch in _patches([change], readers)]
    return [told.get((change.before, change.after)) for change in changes]


def _ask_git(changes: Sequence[Change], readers: Readers) -> dict[tuple[str, str], str]:
    """Pairs of trees → patch. A pair that git doesn't know is left out."""
    stores = [change.run_dir / name for change in changes for name in ("run.git", BASE)]
    objects = as_list(*(store / "objects" for store in stores))
    git = store_git(stores[0]).with_env(GIT_ALTERNATE_OBJECT_DIRECTORIES=objects)
    options = ("--no-ext-diff", "--no-textconv", "--no-color", *_OPTIONS[readers])
    asked = "".join(f"{change.before} {change.after}\n" for change in changes)
    wary = git.with_config(_WARY).within(_MEMORY)
    out = wary.run("diff-tree", "--stdin", "-r", "-p", *options, stdin=asked.encode()).out
    _, *told = _PAIR.split(out)
    return {
        (before.decode("ascii"), after.decode("ascii")): patch.decode("utf-8", "replace")
        for before, after, patch in zip(told[::3], told[1::3], told[2::3], strict=True)
    }
