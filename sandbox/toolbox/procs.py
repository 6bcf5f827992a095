"""Processes: start them, wait for them, and kill everything that they left."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import time
from collections.abc import Iterable, Mapping, Sequence

_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_DEFAULTED = (signal.SIGPIPE, signal.SIGXFSZ)  # Python ignores them; commands must not
_KILL_PATIENCE = 5.0  # seconds


def guard_self() -> None:
    """Close /proc/<me>/fd to processes of the same user, inherit orphans, heed no Ctrl-C."""
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_DUMPABLE, 0), (_PR_SET_CHILD_SUBREAPER, 1)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    # A first process gets only the signals that it has handlers for, and Python brings this one.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def on_path(program: str) -> bool:
    """Whether a program of that name can be started (shutil, which knows, costs a start 7 ms)."""
    folders = os.environ["PATH"].split(os.pathsep)
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders)


def watch_children() -> int:
    """A descriptor that becomes readable when a child ends."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def spawn(
    argv: Sequence[str],
    env: Mapping[str, str],
    stdin: int,
    stdout: int,
    stderr: int,
    cwd: int | None = None,
) -> int:
    """Start a process in its own session and return its id. `cwd` is a directory descriptor.

    Where a runaway in the background has taken every process that we may have, it is killed.
    """
    try:
        return _spawn(argv, env, stdin, stdout, stderr, cwd)
    except BlockingIOError:
        kill_everything()
        return _spawn(argv, env, stdin, stdout, stderr, cwd)


def _spawn(
    argv: Sequence[str],
    env: Mapping[str, str],
    stdin: int,
    stdout: int,
    stderr: int,
    cwd: int | None,
) -> int:
    actions = [(os.POSIX_SPAWN_DUP2, fd, to) for to, fd in enumerate((stdin, stdout, stderr))]
    if cwd is not None:
        os.fchdir(cwd)
    try:
        pid = os.posix_spawnp(
            argv[0], list(argv), env, file_actions=actions, setsid=True, setsigdef=_DEFAULTED
        )
        _volunteer(pid)
        return pid
    finally:
        if cwd is not None:
            os.chdir("/")


def _volunteer(pid: int) -> None:
    """Where memory runs out, let commands die before us, and before what else the host runs."""
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        return  # it has ended, or this is no Linux


def capture(
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    cwd: int | None = None,
    stdin: bytes = b"",
    timeout: float = 300.0,
) -> tuple[int, bytes, bytes]:
    """Run a helper to its end: exit code, output, errors. Killed (code -9) after `timeout` s."""
    deadline = time.monotonic() + timeout
    in_r, in_w = os.pipe()
    out_r, out_w = os.pipe()
    err_r, err_w = os.pipe()
    try:
        pid = spawn(argv, env, in_r, out_w, err_w, cwd)
    except OSError as error:
        for fd in (in_w, out_r, err_r):
            os.close(fd)
        return 127, b"", f"{argv[0]}: {error.strerror}".encode()
    finally:
        for fd in (in_r, out_w, err_w):
            os.close(fd)
    outputs: dict[int, list[bytes]] = {out_r: [], err_r: []}
    try:
        _exchange(outputs, in_w, stdin, deadline)
    except TimeoutError:
        os.kill(pid, signal.SIGKILL)
    finally:
        os.close(out_r)
        os.close(err_r)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return code, b"".join(outputs[out_r]), b"".join(outputs[err_r])


def _exchange(outputs: dict[int, list[bytes]], in_w: int, stdin: bytes, deadline: float) -> None:
    os.set_blocking(in_w, False)
    pending = memoryview(stdin)
    poll = select.poll()
    open_fds = set(outputs)
    for fd in open_fds:
        poll.register(fd, select.POLLIN)
    if pending:
        poll.register(in_w, select.POLLOUT)
        open_fds.add(in_w)
    else:
        os.close(in_w)
    try:
        while open_fds:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for fd, _ in poll.poll(left * 1000):
                done = False
                if fd == in_w:
                    try:
                        pending = pending[os.write(in_w, pending) :]
                    except BrokenPipeError:
                        pending = pending[:0]
                    done = not pending
                else:
                    chunk = os.read(fd, 1 << 18)
                    outputs[fd].append(chunk)
                    done = not chunk
                if done:
                    poll.unregister(fd)
                    open_fds.discard(fd)
                    if fd == in_w:
                        os.close(in_w)
    except TimeoutError:
        if in_w in open_fds:
            os.close(in_w)
        raise


def reap() -> dict[int, int]:
    """Collect every child that has ended: process id → exit code (negative: a signal)."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        if os.WIFSTOPPED(status):  # it asked to be traced by us, and would wait for ever
            _signal((pid,), signal.SIGKILL)
            continue
        ended[pid] = os.waitstatus_to_exitcode(status)


def descendants() -> list[int]:
    """All living processes below this one; orphans count, for they come to us."""
    found: list[int] = []
    pending = [os.getpid()]
    while pending:
        children = _children(pending.pop())
        found += children
        pending += children
    return [pid for pid in found if not _is_zombie(pid)]


def kill_everything() -> None:
    """Kill whatever commands have started, setsid children and double forks included."""
    deadline = time.monotonic() + _KILL_PATIENCE
    while time.monotonic() < deadline:
        if os.getpid() == 1:
            _signal((-1,), signal.SIGKILL)  # one call for the whole namespace: no fork escapes it
        else:
            below = descendants()
            _signal(below, signal.SIGSTOP)  # first, so that none can fork away from the kill
            _signal(below, signal.SIGKILL)
        reap()
        if not descendants():
            return
        time.sleep(0.002)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    except OSError:
        return found
    return found


def _is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] == b"Z"
    except OSError:
        return True
