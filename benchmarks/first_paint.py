"""When the first words of a terminal program stand on the screen, of any program.

    python benchmarks/first_paint.py "Type /help" vibe
    python benchmarks/first_paint.py "Sign in" codex

Spaces and colours don't count, since programs write them in many ways. Each start has an empty
home directory and an empty repository; the first of four is not counted.
"""

import os
import pty
import re
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from fcntl import ioctl
from termios import TIOCSWINSZ

_STARTS, _PATIENCE = 4, 30.0
_CODES = re.compile(rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[\[(][0-9;?<>=]*[ -/]*[@-~]|\s")
_ANSWERS = {b"\x1b[6n": b"\x1b[1;1R", b"\x1b[c": b"\x1b[?62c"}  # what a program asks a terminal


def main() -> None:
    words, *command = sys.argv[1:]
    _, *starts = [_first_paint(command, words.replace(" ", "").encode()) for _ in range(_STARTS)]
    median, best, worst = statistics.median(starts), min(starts), max(starts)
    print(f"load average {os.getloadavg()[0]:.1f}: {median:.2f} s ({best:.2f}, {worst:.2f})")


def _first_paint(command: list[str], words: bytes) -> float:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        subprocess.run(["git", "init", "-q", home], check=True)
        ours, theirs = pty.openpty()
        ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        env = {**os.environ, "HOME": home, "TERM": "xterm-256color"}
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=home,
            env=env,
            start_new_session=True,
        )
        os.close(theirs)
        try:
            _until(ours, words, began + _PATIENCE)
            return time.monotonic() - began
        finally:
            process.kill()
            process.wait()
            os.close(ours)


def _until(terminal: int, words: bytes, end: float) -> None:
    seen = b""
    while words not in _CODES.sub(b"", seen):
        if not select.select([terminal], [], [], max(0.0, end - time.monotonic()))[0]:
            raise SystemExit(f"not painted: {_CODES.sub(b'', seen)[-200:]!r}")
        piece = os.read(terminal, 65536)
        seen += piece
        for question, answer in _ANSWERS.items():
            if question in piece:
                os.write(terminal, answer)


if __name__ == "__main__":
    main()
