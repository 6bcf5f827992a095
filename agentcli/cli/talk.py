"""`agentcli --plain`: the application in lines of text, for screen readers and dumb terminals.

Nothing moves, nothing is drawn over: what happens is said in order. Each line typed is a task, a
command (the same as on the command line, after a slash) or a shell's (after `!`).
"""

import os
import shlex
import subprocess
from collections.abc import Callable, Sequence

from agentcli.cli.say import echo

_HELP = """\
Type a task and it is done. Besides:
  /runs, /show last, /diff last, /apply last, /undo last   any command of agentcli, after a slash
  !ls                                                     a shell command of your own
  /quit                                                   leave (or end of file)
Ctrl-C stops a run and keeps what stands."""


def talk(run_command: Callable[[Sequence[str]], int]) -> None:
    """Take lines until the person leaves; `run_command` is the command line itself."""
    os.environ["TERM"] = "dumb"  # no colours, no lines that move, here and in what is called
    echo("agentcli, plain. A task, or /help.")
    while (line := _line()) is not None:
        match line.split():
            case []:
                continue
            case ["/help"]:
                echo(_HELP)
            case ["/quit" | "/exit"]:
                return
            case _:
                _obey(line, run_command)


def _obey(line: str, run_command: Callable[[Sequence[str]], int]) -> None:
    if line.startswith("!"):
        code = subprocess.run(line[1:], shell=True, check=False).returncode
    elif line.startswith("/"):
        try:
            code = run_command(shlex.split(line[1:]))
        except ValueError as error:  # a quote that is never closed
            echo(f"{error}.")
            return
    else:
        code = run_command(["run", line])
    echo(f"exit code {code}")


def _line() -> str | None:
    try:
        return input("task: ").strip()
    except EOFError:
        return None
    except KeyboardInterrupt:
        echo("")
        return ""
