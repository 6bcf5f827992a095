"""Files by path, never outside the workspace.

A path is walked one component at a time with O_NOFOLLOW, links are resolved by hand, so a
link that leads outside is refused and a race can't swap one in. Nothing here can hang: files
are opened with O_NONBLOCK and must be regular.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from fault import ToolboxError

_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW
_MAX_LINKS = 40


class Workspace:
    """The one directory that paths may name things in."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY)

    def relative(self, path: str) -> str:
        """The path below the root, as written. Absolute paths must lie inside it."""
        if "\0" in path:
            raise ToolboxError("A path can't contain a NUL character.")
        if path == self.root or path.startswith(self.root + "/"):
            return path[len(self.root) :].strip("/") or "."
        if path.startswith("/"):
            raise ToolboxError(f"{path} is outside the workspace ({self.root}).")
        return path or "."

    @contextmanager
    def parent(self, path: str, make: bool = False) -> Iterator[tuple[int, str]]:
        """The open directory that holds `path`, and the last name with all links resolved."""
        walk = _Walk(self, path, make)
        try:
            yield walk.resolve()
        finally:
            walk.close()

    @contextmanager
    def directory(self, path: str) -> Iterator[int]:
        """A directory of the workspace, open for reading."""
        with self.parent(path) as (parent, name):
            try:
                fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
            except FileNotFoundError:
                raise ToolboxError(f"{path}: no such directory.") from None
            except NotADirectoryError:
                raise ToolboxError(f"{path} is not a directory.") from None
            except OSError as error:
                raise ToolboxError(f"{path}: {error.strerror}.") from None
        try:
            yield fd
        finally:
            os.close(fd)

    def read(self, path: str, limit: int) -> tuple[bytes, str, os.stat_result]:
        """The first `limit` bytes, the sha256 of all, and the file's state."""
        with self.parent(path) as (parent, name):
            fd = _open_regular(path, name, parent)
        with open(fd, "rb") as file:
            state = os.fstat(fd)
            data = file.read(limit)
            import hashlib  # late: it loads OpenSSL, and few sandboxes need it

            digest = hashlib.sha256(data)
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return data, digest.hexdigest(), state

    def write(self, path: str, data: bytes, expect: str | None, executable: bool | None) -> None:
        """Replace a file in one step. `expect` as in the host's `Sandbox.write`."""
        with self.parent(path, make=True) as (parent, name):
            old = self._old_mode(path, name, parent, expect)
            mode = 0o644 if old is None else old
            if executable is not None:
                mode = (mode & ~0o111) | ((mode & 0o444) >> 2 if executable else 0)
            temporary = f".agentcli-{os.getpid()}.tmp"
            try:
                _write_new(temporary, parent, data, mode)
                os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
            except OSError as error:
                _remove(temporary, parent)
                raise ToolboxError(f"{path}: {error.strerror}.") from None

    def _old_mode(self, path: str, name: str, parent: int, expect: str | None) -> int | None:
        try:
            state = os.stat(name, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            if expect:
                raise ToolboxError(f"{path} no longer exists; read it again.") from None
            return None
        if not stat.S_ISREG(state.st_mode):
            raise ToolboxError(f"{path} is not a regular file.")
        if expect == "":
            raise ToolboxError(f"{path} exists already.")
        if expect is not None and self.read(path, 0)[1] != expect:
            raise ToolboxError(f"{path} changed since it was read; read it again.")
        return stat.S_IMODE(state.st_mode)


class _Walk:
    """One resolution of a path: a stack of open directories from the root down."""

    def __init__(self, workspace: Workspace, path: str, make: bool) -> None:
        self._workspace = workspace
        self._path = path
        self._make = make
        self._stack = [os.dup(workspace.fd)]
        self._links = 0

    def close(self) -> None:
        for fd in self._stack:
            os.close(fd)

    def resolve(self) -> tuple[int, str]:
        parts = deque(self._workspace.relative(self._path).split("/"))
        name = "."
        while parts:
            name = parts.popleft()
            if name in ("", "."):
                name = "."
                continue
            if name == "..":
                self._up()
                name = "."
                continue
            target = self._link(name)
            if target is not None:
                self._follow(target, parts)
                name = "."
            elif any(part not in ("", ".") for part in parts):
                self._down(name)
            else:
                break
        return self._stack[-1], name

    def _up(self) -> None:
        if len(self._stack) == 1:
            raise ToolboxError(f"{self._path} leads outside the workspace.")
        os.close(self._stack.pop())

    def _link(self, name: str) -> str | None:
        try:
            return os.readlink(name, dir_fd=self._stack[-1])
        except OSError:
            return None  # not a link, or nothing there

    def _follow(self, target: str, parts: deque[str]) -> None:
        self._links += 1
        if self._links > _MAX_LINKS:
            raise ToolboxError(f"{self._path}: too many links.")
        if target.startswith("/"):
            try:
                target = self._workspace.relative(target)
            except ToolboxError:
                raise ToolboxError(f"{self._path} leads outside the workspace.") from None
            while len(self._stack) > 1:
                os.close(self._stack.pop())
        parts.extendleft(reversed(target.split("/")))

    def _down(self, name: str) -> None:
        try:
            if self._make:
                with _existing():
                    os.mkdir(name, dir_fd=self._stack[-1])
            self._stack.append(os.open(name, _DIRECTORY, dir_fd=self._stack[-1]))
        except FileNotFoundError:
            raise ToolboxError(f"{self._path}: no such file or directory.") from None
        except NotADirectoryError:
            raise ToolboxError(f"{self._path}: {name} is not a directory.") from None
        except OSError as error:
            raise ToolboxError(f"{self._path}: {error.strerror}.") from None


@contextmanager
def _existing() -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        return


def _open_regular(path: str, name: str, parent: int) -> int:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        fd = os.open(name, flags, dir_fd=parent)
    except FileNotFoundError:
        raise ToolboxError(f"{path}: no such file.") from None
    except OSError as error:
        raise ToolboxError(f"{path}: {error.strerror}.") from None
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return fd
    os.close(fd)
    what = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
    raise ToolboxError(f"{path} is {what}.")


def _write_new(name: str, parent: int, data: bytes, mode: int) -> None:
    _remove(name, parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(name, flags, 0o600, dir_fd=parent), "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), mode)


def _remove(name: str, parent: int) -> None:
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return
