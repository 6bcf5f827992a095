"""How long agentcli takes itself: to say --help, to begin a run, and for each step of a run.

    python benchmarks/start_and_step.py [--sandbox docker] [--starts 5] [--steps 40]

The model is a scripted server that answers at once, so all that is measured is agentcli, git and
the sandbox. A step is the time from the last byte of an answer to the arrival of the next request,
with one command (`true`) in between. The floor is the same with nothing in between but a bare
client: the same requests by http.client and `true` as a child process on the host.

Each line ends with the machine's load while it was measured: figures of a busy machine are upper
bounds. agentcli runs byte-compiled, as after an installation, whatever the environment says.
"""

import argparse
import http.client
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.scripted_server import Recorded, ScriptedServer, Turn  # noqa: E402

HEAVY = ("litellm", "docker", "textual", "tree_sitter", "git", "httpx")
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
PROBE = f"""
import sys
from agentcli.cli.main import run_cli
run_cli(["--help"])
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


def measure_help(times: int) -> dict[str, object]:
    """Seconds of `agentcli --help`, and which heavy packages it imports."""
    seconds = []
    for _ in range(times):
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "agentcli", "--help"],
            env=ENVIRONMENT,
            capture_output=True,
            check=True,
        )
        seconds.append(time.monotonic() - began)
    probe = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True
    )
    return {**_summary(seconds), "imports": probe.stderr.strip()}


def measure_starts(times: int, sandbox: str) -> dict[str, object]:
    """Seconds from the command's start to the arrival of the first model request."""
    seconds = []
    for _ in range(1 + times):
        began, chats = _run([_step(1), _finish()], sandbox)
        seconds.append(chats[0].monotonic - began)
    return _summary(seconds[1:])  # the first one may have compiled, and filled the disk's cache


def measure_steps(count: int, sandbox: str) -> dict[str, object]:
    """Milliseconds of one step, and of the same steps of a bare client."""
    _, chats = _run([*map(_step, range(count)), _finish()], sandbox)
    # The first steps open what is opened once; the last ends in the check and the landing.
    steps = _gaps(chats)[2:]
    floor = _gaps(_bare(chats))[2:]
    return {"steps": len(steps), "median_ms": _spread(steps), "floor_ms": _spread(floor)}


def _step(number: int) -> Turn:
    # Numbered, because agentcli steps in when a model repeats itself.
    return Turn("x", [("bash", {"command": f"true {number}"})])


def _finish() -> Turn:
    return Turn("x", [("finish", {"status": "failed", "summary": "the end"})])


def _run(turns: Sequence[Turn], sandbox: str) -> tuple[float, list[Recorded]]:
    """One run in a repository of its own: when its process was started, and its requests."""
    with tempfile.TemporaryDirectory() as folder, ScriptedServer(turns) as server:
        repo = Path(folder) / "repo"
        repo.mkdir()
        (repo / "a.py").write_text("a = 1\n")
        for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -qm start"):
            subprocess.run(["git", *words.split()], cwd=repo, check=True)
        place = ["--model", "openai/scripted", "--api-base", server.base, "--sandbox", sandbox]
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "agentcli", "run", "do it", "--reply-format", "native", *place],
            cwd=repo,
            env={**ENVIRONMENT, "XDG_STATE_HOME": str(Path(folder) / "state")},
            capture_output=True,
            text=True,
        )
        if len(server.chats) != len(turns):
            raise SystemExit(f"{len(server.chats)} requests instead of {len(turns)}: {done}")
        return began, server.chats


def _bare(chats: Sequence[Recorded]) -> list[Recorded]:
    """The same conversation by the simplest client there can be."""
    with ScriptedServer([_step(number) for number in range(len(chats))]) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port)
        for chat in chats:
            headers = {"Content-Type": "application/json"}
            client.request("POST", chat.path, json.dumps(chat.body), headers)
            client.getresponse().read()
            subprocess.run(["true"], check=True)
        return server.chats


def _gaps(chats: Sequence[Recorded]) -> list[float]:
    """Milliseconds from each answer's last byte to the next request."""
    return [1000 * (after.monotonic - before.finished[0]) for before, after in pairwise(chats)]


def _summary(seconds: Sequence[float]) -> dict[str, object]:
    rounded = [round(one, 2) for one in seconds]
    return {"best_s": min(rounded), "median_s": round(median(seconds), 3), "all_s": rounded}


def _spread(values: Sequence[float]) -> dict[str, float]:
    tenths = quantiles(values, n=10)
    figures = {"best": min(values), **dict(zip(("p10", "p50", "p90"), tenths[::4], strict=True))}
    return {name: round(value, 1) for name, value in figures.items()}


def _print(name: str, figures: dict[str, object]) -> None:
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({name: {**figures, "load": load}}), flush=True)


def main() -> None:
    """Print each figure as a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    given = parser.parse_args()
    _print("machine", {"python": platform.python_version(), "cpus": os.cpu_count()})
    _print("help", measure_help(given.starts))
    _print("start", measure_starts(given.starts, given.sandbox))
    _print("step", measure_steps(given.steps, given.sandbox))


if __name__ == "__main__":
    main()
