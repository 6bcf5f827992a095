"""Who owns what a back-end left behind: a process, told apart from any later one.

A process id alone is used again by others, so the owner also names the process's start time,
the machine, its boot and the process-id namespace. Only an owner that is surely dead loses
what it left.
"""

import os
import subprocess
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


def myself() -> str:
    """This process as an owner, one line without blanks."""
    pid = os.getpid()
    return ":".join((_machine(), _boot(), _pid_namespace(), str(pid), _start_time(pid)))


def is_dead(owner: str) -> bool:
    """Whether the owner is surely gone. A line that makes no sense belongs to nobody we know."""
    try:
        machine, boot, namespace, pid, start = owner.split(":")
        number = int(pid)
    except ValueError:
        return False
    if machine != _machine():
        return False
    if boot != _boot():
        return True
    return namespace == _pid_namespace() and _start_time(number) != start


@cache
def _machine() -> str:
    try:
        return Path("/etc/machine-id").read_text().strip()[:12] or os.uname().nodename
    except OSError:
        return os.uname().nodename.replace(":", "_")


@cache
def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "-"


@cache
def _pid_namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").stat().st_ino)
    except OSError:
        return "-"


def _start_time(pid: int) -> str:
    """When a process started, in whatever unit the system has; empty if there is none."""
    if (_PROC / "self/stat").exists():
        try:
            fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b") ")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in (b"Z", b"X") else fields[19].decode()
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=5
    )
    return found.stdout.strip().replace(" ", "_").replace(":", ".")
