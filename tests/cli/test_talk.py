"""`agentcli --plain`: a conversation in lines of text."""

import os
import subprocess
import sys

from tests.cli.conftest import WRITES_B, Desk
from tests.support.scripted_server import ScriptedServer


def talk(desk: Desk, *lines: str, **environment: str) -> str:
    process = subprocess.run(
        [sys.executable, "-m", "agentcli", "--plain"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        cwd=desk.repo,
        env={**os.environ, **environment},
        timeout=60,
        check=True,
    )
    return process.stdout


def test_a_task_is_done_and_applied_in_lines_of_text(desk: Desk) -> None:
    with ScriptedServer(WRITES_B) as server:
        place = {"MODEL": "openai/scripted", "API_BASE": server.base, "SANDBOX": "host"}
        place |= {"MODE": "solo", "REPLY_FORMAT": "native"}
        settings = {f"AGENTCLI_{name}": value for name, value in place.items()}
        said = talk(desk, "write b.py", "/apply last", "/nonsense", **settings)
    assert "\x1b" not in said
    assert desk.files() == {"a.py": "a = 3\n", "b.py": "b = 2\n"}
    assert said.count("exit code 0") == 2
    assert "exit code 2" in said


def test_a_shell_command_and_an_open_quote_and_the_end(desk: Desk) -> None:
    said = talk(desk, "", "!cat a.py; exit 3", '/show "last', "/help", "/quit", "never")
    assert "a = 1" in said
    assert "exit code 3" in said
    assert "No closing quotation." in said
    assert "never" not in said
