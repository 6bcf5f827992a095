"""AGENTS.md: what a project tells agents, from the root down, read from the snapshot's tree."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from agentcli.workspace.store import RunStore

NAME = "AGENTS.md"
MAX_SIZE = 32_768  # bytes of all files together


@dataclass(frozen=True)
class Guidance:
    """One AGENTS.md. `clipped` when the size limit cut it short."""

    path: str
    text: str
    clipped: bool = False


def read_agents_md(
    store: RunStore, tree: str, directory: str = ".", max_size: int = MAX_SIZE
) -> tuple[Guidance, ...]:
    """The AGENTS.md of the root and of each directory down to `directory`, in that order.

    They are read as objects: a link is followed inside the tree and never out of it.
    """
    parts = [part for part in PurePosixPath(directory).parts if part not in ("/", ".")]
    levels = ["/".join([*parts[:depth], NAME]) for depth in range(len(parts) + 1)]
    found = []
    left = max_size
    for path, data in _read(store, tree, [path for path in levels if "\n" not in path]):
        text = data[:left].decode("utf-8", "ignore" if len(data) > left else "replace")
        if left > 0:
            found.append(Guidance(path, text, clipped=len(data) > left))
        left -= len(data)
    return tuple(found)


def _read(store: RunStore, tree: str, paths: list[str]) -> list[tuple[str, bytes]]:
    names = "".join(f"{tree}:{path}\n" for path in paths).encode("utf-8", "surrogateescape")
    out = store.git.run("cat-file", "--batch", "--follow-symlinks", stdin=names).out
    found = []
    at = 0
    for path in paths:
        end = out.index(b"\n", at)
        head = out[at:end].split(b" ")
        at = end + 1
        if head[-1] in (b"missing", b"ambiguous"):
            continue
        size = int(head[-1])  # of a file; else of what names a link that leads nowhere
        if len(head) == 3 and head[1] == b"blob":
            found.append((path, out[at : at + size]))
        at += size + 1
    return found
