"""What the terminal application takes: first paint, ready to type and start, memory, processor.

    python benchmarks/tui.py --starts 7

Real processes on a pseudo-terminal. First paint: the words of the empty prompt are written. Ready:
the settings are read too, so that Enter starts a run. Memory (resident) and processor time are
of the idle application, from Linux's /proc.
"""

import argparse
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

_PAINTED, _READY = b"hat shall be done", b"recursive"
_IDLE = 5.0  # seconds that are watched
# An installed program is compiled once, whatever this process was told.
_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=7)
    starts = [_start() for _ in range(parser.parse_args().starts)]
    names = ("first paint, s", "ready, s", "idle memory, MB", "idle processor, %")
    print(f"load average {os.getloadavg()[0]:.1f}, {len(starts)} starts: median (best, worst)")
    for name, values in zip(names, zip(*starts, strict=True), strict=True):
        print(f"{name:<18} {statistics.median(values):.2f} ({min(values):.2f}, {max(values):.2f})")


def _start() -> tuple[float, float, float, float]:
    with tempfile.TemporaryDirectory() as place, opened(place) as (terminal, process):
        began = time.monotonic()
        painted = until(terminal, _PAINTED) - began
        ready = until(terminal, _READY) - began
        drain(terminal, 1.0)
        before = processor(process.pid)
        drain(terminal, _IDLE)
        busy = (processor(process.pid) - before) / _IDLE * 100
        return painted, ready, memory(process.pid), busy


@contextmanager
def opened(state: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The application on a terminal of 120x40; what it is told by XDG lies in `state`."""
    xdg = {f"XDG_{kind}_HOME": state for kind in ("STATE", "CONFIG", "CACHE")}
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "agentcli"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**_ENVIRONMENT, **xdg, "TERM": "xterm-256color"},
    )
    os.close(theirs)
    try:
        yield ours, process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def until(terminal: int, words: bytes) -> float:
    """The moment at which these words were written."""
    seen = b""
    while words not in seen:
        seen += os.read(terminal, 65536)
    return time.monotonic()


def drain(terminal: int, seconds: float) -> None:
    """Read what is written for so long."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            os.read(terminal, 65536)


def memory(pid: int) -> float:
    """Resident memory, MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor(pid: int) -> float:
    """Seconds of processor time up to now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
