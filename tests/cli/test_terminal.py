"""No command's text for people carries a control character that a model or a file made."""

import os
import pty
import subprocess
import sys

from tests.cli.conftest import Desk
from tests.support.scripted_server import ScriptedServer, Turn

_EVIL = "\x1b]0;owned\x07\x1b[8m\u202e"
_NAME = f"new{_EVIL}.py"
TURNS = (
    Turn(f"I look {_EVIL}", [("bash", {"command": f"echo '{_EVIL}'; false"})]),
    Turn("x", [("write", {"path": _NAME, "content": f"x = '{_EVIL}'\n"})]),
    Turn("x", [("finish", {"status": "failed", "summary": f"wrote {_EVIL}"})]),
)


def test_a_run_and_its_record_are_harmless(desk: Desk) -> None:
    with ScriptedServer(TURNS) as server:
        place = ("--api-base", server.base, "--model", "scripted", "--sandbox", "host")
        test = ("--test", f"echo '{_EVIL}'; false")
        seen = on_a_terminal("run", f"do {_EVIL}", "--mode", "solo", *place, *test)
    harmless(seen)
    assert "owned" in seen
    assert desk.type("show", "last", "--json").json["reason"] == f"wrote {_EVIL}"
    for command in (
        ("runs",),
        ("show", "last", "--steps"),
        ("diff", "last"),
        ("diff", "last", "--stat"),
        ("apply", "last"),
        ("undo", "last"),
    ):
        harmless(on_a_terminal(*command))


def harmless(seen: str) -> None:
    assert "\x1b]0" not in seen
    assert "\x1b[8m" not in seen
    assert "\u202e" not in seen


def on_a_terminal(*arguments: str) -> str:
    """What a person sees of a command on both streams."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "agentcli", *arguments], stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # the end of a terminal
        pass
    os.close(ours)
    assert process.wait(60) in (0, 1), seen
    return seen.decode(errors="replace")
