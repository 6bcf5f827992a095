"""The toolbox: a small server inside the sandbox, the only thing that the host talks to.

It serves one request after the other over its own standard input and output (see wire.py).
While a command runs it still listens for that command's cancellation. When the host hangs up
it kills whatever runs and ends.
"""

from __future__ import annotations

import os
import resource
import select
import sys

from beneath import Workspace
from command import Command, Outlet
from disk import DiskGuard
from fault import ToolboxError
from find import entries, search
from procs import descendants, guard_self, kill_everything, on_path, reap, watch_children
from repository import Repository
from walk import Tracker
from wire import Closed, Request, Wire, claim_channel

TYPE_CHECKING = False  # typing itself would cost every start 4 ms
if TYPE_CHECKING:
    from typing import Any

_WATCH = 500  # milliseconds between looks at the disk while only background processes run
_COMMAND_ENV = {
    "CI": "1",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LANG": "C.UTF-8",
    "PAGER": "cat",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PYTHONDONTWRITEBYTECODE": "1",  # a roll-back within a second would leave stale .pyc files
    "TERM": "dumb",
}


class Toolbox:
    """The requests, each a method that takes the request and gives fields and a blob."""

    def __init__(self, wire: Wire, wake: int) -> None:
        self._wire = wire
        self._wake = wake
        self._leftovers: list[Outlet] = []  # pipes that background processes still hold
        self._killed: list[str] = []  # what the next command's notes say of them

    def serve(self) -> None:
        """Answer requests until the host hangs up."""
        while True:
            while self._wire.requests:
                self._answer(self._wire.requests.popleft())
            self._wait()

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._wire.reader, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        for outlet in self._leftovers:
            poll.register(outlet.reader, select.POLLIN)
        left_running = bool(descendants())
        ready = {fd for fd, _ in poll.poll(_WATCH if left_running else None)}
        if left_running and (complaint := self._disk.complaint()):
            kill_everything()
            self._killed = [f"processes in the background were killed: {complaint}"]
        if self._wake in ready:
            os.read(self._wake, 4096)
            reap()
        for outlet in self._leftovers:
            if outlet.reader in ready:
                outlet.pull()
        self._leftovers = [outlet for outlet in self._leftovers if outlet.open]
        if self._wire.reader in ready:
            self._wire.fill()

    def _answer(self, request: Request) -> None:
        if request.op == "cancel":
            return  # of a request that was over already
        try:
            fields, blob = getattr(self, "do_" + request.op)(request)
        except ToolboxError as error:
            self._wire.send({"id": request.id, "error": str(error)})
        except Closed:
            raise
        except Exception:  # noqa: BLE001  # it crosses the channel and is raised there
            import traceback

            self._wire.send({"id": request.id, "fault": traceback.format_exc()})
        else:
            self._wire.send({"id": request.id, "result": fields}, blob)

    def do_ping(self, request: Request) -> tuple[dict[str, Any], bytes]:
        return {}, request.blob

    def do_open(self, request: Request) -> tuple[dict[str, Any], bytes]:
        spec = request.fields
        for program in ("bash", "git"):
            if not on_path(program):
                raise ToolboxError(f"{program} is not on the PATH ({os.environ['PATH']}).")
        limits = {"CORE": 0, "FSIZE": spec["disk_mb"] << 20, **spec["limits"]}
        for name, value in limits.items():
            _limit(getattr(resource, "RLIMIT_" + name), value)
        os.umask(0o022)
        self._home = spec["home"]
        self._env = {
            **os.environ,
            **_COMMAND_ENV,
            "HOME": self._home,
            "PATH": f"{self._home}/.local/bin:{os.environ['PATH']}",
            "PWD": spec["workspace"],
            **(_forward(spec["proxy"]) if spec["proxy"] else {}),
            **spec["env"],
        }
        self._files = Workspace(spec["workspace"])
        self._disk = DiskGuard((spec["workspace"], self._home), spec["disk_mb"])
        git_dir = f"{self._home}/.agentcli/git"
        self._git = Repository(self._files, git_dir, spec["objects"], spec["shallow"])
        self._git.create(spec["commit"], spec["tree"], request.blob)
        self._tracker = Tracker(spec["workspace"])
        self._tracker.changed()
        return {}, b""

    def do_run(self, request: Request) -> tuple[dict[str, Any], bytes]:
        wire, fields = self._wire, request.fields
        if wire.take_cancel(request.id):
            raise ToolboxError("cancelled")
        self._git.settle()

        def cancelled() -> bool:
            wire.fill()
            return wire.take_cancel(request.id)

        command = Command(self._wake, wire.reader, self._disk)
        with self._files.directory(fields["cwd"]) as cwd:
            env = {**self._env, **fields["env"]}
            result = command.run(fields["command"], cwd, env, fields["timeout"], cancelled)
        self._leftovers += [outlet for outlet in command.outlets if outlet.open]
        result["changed"] = self._tracker.changed()
        result["notes"] += self._killed
        self._killed = []
        return result, b""

    def do_read(self, request: Request) -> tuple[dict[str, Any], bytes]:
        data, digest, state = self._files.read(request.fields["path"], request.fields["limit"])
        executable = bool(state.st_mode & 0o100)
        return {"digest": digest, "size": state.st_size, "executable": executable}, data

    def do_write(self, request: Request) -> tuple[dict[str, Any], bytes]:
        fields = request.fields
        path = os.path.normpath(self._files.relative(fields["path"]))
        self._git.settle()
        before = self._tracker.state_of(path)
        self._files.write(path, request.blob, fields["expect"], fields["executable"])
        self._tracker.account(before, self._tracker.state_of(path))
        return {}, b""

    def do_list(self, request: Request) -> tuple[dict[str, Any], bytes]:
        fields = request.fields
        return {"entries": entries(self._files, self._git, fields["path"], fields["depth"])}, b""

    def do_files(self, request: Request) -> tuple[dict[str, Any], bytes]:
        return {"files": self._git.files(self._tracker)}, b""

    def do_search(self, request: Request) -> tuple[dict[str, Any], bytes]:
        fields = request.fields
        hits, total = search(
            self._files,
            self._git,
            fields["pattern"],
            fields["path"],
            fields["glob"],
            fields["limit"],
        )
        return {"hits": hits, "total": total}, b""

    def do_checkpoint(self, request: Request) -> tuple[dict[str, Any], bytes]:
        since = request.fields["since"]
        tree, notes = self._git.snapshot(self._tracker)
        pack = b"" if tree == since else self._git.pack(tree, since)
        return {"tree": tree, "notes": notes}, pack

    def do_restore(self, request: Request) -> tuple[dict[str, Any], bytes]:
        self._git.restore(self._tracker, request.fields["tree"], request.blob)
        return {}, b""


def _forward(proxy: str) -> dict[str, str]:
    import forward

    return forward.start(proxy)


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def main() -> int:
    wire = claim_channel()
    guard_self()
    os.environ.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin")
    try:
        Toolbox(wire, watch_children()).serve()
    except Closed:
        kill_everything()
    return 0


sys.exit(main())
