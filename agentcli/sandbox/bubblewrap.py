"""The bubblewrap back-end: namespaces without an engine, for machines that have no Docker.

The sandbox sees the system's /usr read-only, its own workspace and home, and nothing else of
the host: no sockets, no /etc with secrets, no home directories.
"""

import asyncio
import os
import shutil
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

from agentcli.resources import resource_dir
from agentcli.sandbox.base import SandboxSpec
from agentcli.sandbox.box import (
    PROXY_FOLDER,
    PROXY_SOCKET,
    About,
    ChannelSandbox,
    Layout,
    describe_network,
    proxied,
)
from agentcli.sandbox.local import Launch, Room, make_room, open_local, sweep_rooms

_TOOLBOX = "/agentcli-toolbox"
_LAYOUT = Layout()
_INSTALL = "Install bubblewrap (`apt install bubblewrap`) or Docker."
_NEEDED = ("--as-pid-1", "--unshare-all", "--unshare-user", "--clearenv", "--die-with-parent")
_WELCOME = ("--disable-userns", "--new-session")  # used where this bwrap knows them
_ETC = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ssl", "ca-certificates")
_ETC_NETWORK = ("resolv.conf", "hosts", "nsswitch.conf", "gai.conf", "services")
_PASSWD = "root:x:0:0:root:/root:/bin/false\nagent:x:1000:1000:agent:/home/agent:/bin/bash\n"
_GROUP = "root:x:0:\nagent:x:1000:\n"
_LIMITLESS = "memory only per process, disk by watching, CPU not limited"


class BubblewrapBackend:
    """Namespaces made by `bwrap`, as root or as an ordinary user."""

    name = "bubblewrap"

    async def available(self) -> str | None:
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            return f"bubblewrap is not installed. {_INSTALL}"
        known = await asyncio.to_thread(_known_flags, bwrap)
        if missing := [flag for flag in _NEEDED if flag not in known]:
            return f"This bubblewrap is too old (no {missing[0]}). {_INSTALL}"
        if _inside("git") is None:
            return "git is not in /usr, where a bubblewrap sandbox could see it. Install git."
        code, said = await _try([bwrap, *_isolation(known, False), *_system(False), "true"])
        if code != 0:
            return (
                f"bubblewrap can't make namespaces here ({said}). "
                "Allow unprivileged user namespaces, or use Docker."
            )
        return None

    async def open(self, spec: SandboxSpec) -> ChannelSandbox:
        bwrap = shutil.which("bwrap") or "bwrap"
        known = await asyncio.to_thread(_known_flags, bwrap)
        room = make_room()
        python = _python()
        command = [bwrap, *_isolation(known, spec.network), *_system(spec.network)]
        command += _own(room, spec, known)
        command += [python, "-I", "-S", _TOOLBOX]
        line = f"bubblewrap: {describe_network(spec)}, read-only system, {_LIMITLESS}"
        layout = replace(_LAYOUT, proxy=PROXY_SOCKET if proxied(spec) else None)
        launch = Launch(command, {"PATH": os.environ.get("PATH", "")}, layout, _limits(spec))
        return await open_local(room, spec, launch, About("bubblewrap", line))

    async def sweep(self) -> int:
        return await sweep_rooms()


def _isolation(known: frozenset[str], network: bool) -> list[str]:
    flags = [*_NEEDED, *(flag for flag in _WELCOME if flag in known)]
    flags += ["--uid", "1000", "--gid", "1000", "--hostname", "sandbox"]
    return [*flags, "--share-net"] if network else flags


def _system(network: bool) -> list[str]:
    """The part of the host that the sandbox may see, all of it read-only."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            arguments += ["--ro-bind", name, name]
    for name in (*_ETC, *(_ETC_NETWORK if network else ())):
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    prefix = Path(sys.base_prefix).resolve()
    if _inside("python3") is None:
        arguments += ["--ro-bind", str(prefix), str(prefix)]
    return [*arguments, "--proc", "/proc", "--dev", "/dev", "--chdir", "/"]


def _own(room: Room, spec: SandboxSpec, known: frozenset[str]) -> list[str]:
    """What belongs to this sandbox alone."""
    for name, text in (("passwd", _PASSWD), ("group", _GROUP)):
        (room.path / name).write_text(text)
    programs = room.home / ".local/bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(_python())
    # Pages of a tmpfs are memory that no limit of a process covers.
    size = ["--size", str((spec.memory_mb << 20) // 8)] if "--size" in known else []
    path = f"{Path(_python()).parent}:/usr/local/bin:/usr/bin:/bin"
    return [
        *(*size, "--tmpfs", "/tmp"),
        *(*size, "--tmpfs", "/dev/shm"),
        *("--ro-bind", str(room.path / "passwd"), "/etc/passwd"),
        *("--ro-bind", str(room.path / "group"), "/etc/group"),
        *("--bind", str(room.workspace), _LAYOUT.workspace),
        *("--bind", str(room.home), _LAYOUT.home),
        *("--ro-bind", str(spec.objects.resolve()), _LAYOUT.objects),
        *("--ro-bind", str(resource_dir("sandbox") / "toolbox"), _TOOLBOX),
        *("--ro-bind", str(room.proxy), PROXY_FOLDER),
        *("--setenv", "PATH", path, "--setenv", "USER", "agent"),
        *("--remount-ro", "/dev", "--remount-ro", "/"),  # last, for it makes no more mount points
    ]


def _limits(spec: SandboxSpec) -> dict[str, int]:
    limits = {"DATA": spec.memory_mb << 20}
    kernel = tuple(int(part) for part in os.uname().release.split(".")[:2])
    if kernel >= (5, 14):  # before, the count was of all the person's processes on the machine
        limits["NPROC"] = spec.pids
    return limits


def _python() -> str:
    return _inside("python3") or str(Path(sys.base_prefix).resolve() / "bin/python3")


def _inside(program: str) -> str | None:
    """Where a program of /usr lies, as the sandbox sees it."""
    return shutil.which(program, path="/usr/local/bin:/usr/bin")


@cache
def _known_flags(bwrap: str) -> frozenset[str]:
    import subprocess

    said = subprocess.run([bwrap, "--help"], capture_output=True, text=True, timeout=10)
    words = (said.stdout + said.stderr).split()
    return frozenset(word for word in words if word.startswith("--"))


async def _try(command: list[str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()
        return -9, "no answer within 10 s"
    return process.returncode or 0, said.decode(errors="replace").strip()
