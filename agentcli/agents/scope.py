"""Path scopes: which files a brief allows its agent to change."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath


def outside(scope: Sequence[str], paths: Iterable[str]) -> list[str]:
    """The paths that no pattern of the scope covers; an empty scope covers everything.

    A pattern is a path, a directory (with all below it) or a glob; `**` crosses directories.
    """
    return [path for path in paths if scope and not any(covers(one, path) for one in scope)]


def covers(pattern: str, path: str) -> bool:
    """Whether a path is the pattern's own, lies below it, or fits it as a glob."""
    pattern = pattern.removeprefix("./").rstrip("/")
    if pattern in ("", "."):
        return True
    if path == pattern or path.startswith(pattern + "/"):
        return True
    return matches(pattern, path)


def matches(pattern: str, path: str) -> bool:
    """A glob against a whole path, where `**` stands for any number of directories."""
    return _match(PurePosixPath(pattern).parts, PurePosixPath(path).parts)


def _match(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_match(pattern[1:], path[skip:]) for skip in range(len(path) + 1))
    if not path or not PurePosixPath(path[0]).match(pattern[0]):
        return False
    return _match(pattern[1:], path[1:])
