"""Look around in the workspace: names below a directory, lines that match a pattern."""

from __future__ import annotations

import os

from beneath import Workspace
from fault import ToolboxError
from procs import capture, on_path
from repository import Repository

TYPE_CHECKING = False  # typing itself would cost every start 4 ms
if TYPE_CHECKING:
    from typing import Any

_MAX_ENTRIES = 5000
_MAX_LINE = 500  # characters of a matching line
_RG = (
    *("rg", "--no-config", "--no-heading", "--with-filename", "--line-number", "--null"),
    *("--color=never", "--no-messages", "--hidden", "--sort=path", "--max-columns-preview"),
)


def entries(
    workspace: Workspace, repository: Repository, path: str, depth: int
) -> list[dict[str, Any]]:
    """What lies down to `depth` levels below a directory, sorted, without what git ignores."""
    base = workspace.relative(path)
    prefix = "" if base == "." else os.path.normpath(base) + "/"
    found: list[dict[str, Any]] = []
    level = [prefix]
    for _ in range(max(1, depth)):
        here = [entry for folder in level for entry in _names(workspace, folder)]
        ignored = repository.ignored([entry["path"] for entry in here]) if here else set()
        here = [entry for entry in here if entry["path"] not in ignored]
        found += here
        level = [entry["path"] + "/" for entry in here if entry["kind"] == "dir"]
        if not level or len(found) > _MAX_ENTRIES:
            break
    return sorted(found, key=lambda entry: entry["path"])[:_MAX_ENTRIES]


def _names(workspace: Workspace, folder: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with workspace.directory(folder.rstrip("/") or ".") as fd, os.scandir(fd) as names:
        for name in names:
            path = folder + name.name
            if path == ".git":
                continue
            try:
                size = name.stat(follow_symlinks=False).st_size
            except OSError:
                continue  # gone since
            if name.is_symlink():
                kind = "link"
            elif name.is_dir():
                kind = "dir"
            else:
                kind = "file" if name.is_file() else "other"
            found.append({"path": path, "kind": kind, "size": size})
    return found


def search(
    workspace: Workspace,
    repository: Repository,
    pattern: str,
    path: str,
    glob: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], int]:
    """The first `limit` matching lines and how many there are."""
    base = os.path.normpath(workspace.relative(path))
    with workspace.parent(path) as (parent, name):
        if not os.path.lexists(f"/proc/self/fd/{parent}/{name}"):
            raise ToolboxError(f"{path}: no such file or directory.")
    if on_path("rg"):
        options = [f"--max-columns={_MAX_LINE}", "--glob=!.git"]
        options += [f"--glob={glob}"] if glob else []
        code, output, errors = capture(
            [*_RG, *options, "-e", pattern, "--", base],
            {"PATH": os.environ["PATH"]},
            cwd=workspace.fd,
            timeout=30,
        )
    else:
        spec = f":(glob){'' if base == '.' else base + '/'}**/{glob}" if glob else base
        code, output, errors = repository.grep(["-nIPz", "-e", pattern], [spec])
    if code not in (0, 1):
        raise ToolboxError(f"search: {errors.decode(errors='replace').strip() or 'took too long'}")
    return _hits(output, limit)


def _hits(output: bytes, limit: int) -> tuple[list[dict[str, Any]], int]:
    lines = output.split(b"\n")
    lines.pop()  # after the last line end there is nothing
    hits = []
    for line in lines[:limit]:
        path, _, rest = line.partition(b"\0")
        end = next((at for at, byte in enumerate(rest) if byte in b"\0:"), len(rest))
        text = rest[end + 1 :].decode(errors="replace")[:_MAX_LINE]
        name = path.decode(errors="replace")
        name = name[2:] if name.startswith("./") else name
        hits.append({"path": name, "line": int(rest[:end] or 0), "text": text})
    return hits, len(lines)
