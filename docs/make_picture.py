"""Make docs/demo.svg: the demo's real output, as a terminal shows it.

python docs/make_picture.py
"""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text


def main() -> None:
    """Run `agentcli demo` in a terminal of its own and draw what it printed."""
    console = Console(record=True, width=140, file=io.StringIO())
    console.print(Text("$ agentcli demo", style="bold"))
    console.print(Text.from_ansi(_output_in_a_terminal()))
    target = Path(__file__).with_name("demo.svg")
    target.write_text(console.export_svg(title="agentcli demo"))
    print(target)


def _output_in_a_terminal() -> str:
    primary, secondary = pty.openpty()
    environment = {**os.environ, "COLUMNS": "140", "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "agentcli", "demo"]
    process = subprocess.Popen(command, stdout=secondary, stderr=secondary, env=environment)
    os.close(secondary)
    data = b""
    while True:
        try:
            piece = os.read(primary, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not piece:
            break
        data += piece
    process.wait()
    return _without_status(data.decode())


def _without_status(output: str) -> str:
    """The lines that stay: those of the live status rewrite themselves and are left out."""
    lines = output.replace("\r\n", "\n").split("\n")
    kept = [line.rsplit("\r", 1)[-1].replace("\x1b[2K", "") for line in lines]
    return "\n".join(line for line in kept if "Ctrl-C stops" not in line)


if __name__ == "__main__":
    main()
