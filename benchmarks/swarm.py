"""How well coders keep each other out of the way, and how a planner's context grows.

    python benchmarks/swarm.py [--coders 10] [--steps 20] [--latency 1.0] [--sandbox docker]

The model is a scripted server that answers after `--latency` seconds. Ideal throughput is what
coders could ask if agentcli, git and the sandboxes took no time: coders / latency requests a
second. Each step is a command that writes a file, so it includes a checkpoint. Opening the
sandboxes is counted apart: work begins when the last coder has asked for the first time.

The planner's context is what its last request held, for different lengths of the coders' work and
for different numbers of delegations.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.runs.scripts import act, bash, brief, by_goal, finish  # noqa: E402
from tests.support.scripted_server import Recorded, ScriptedServer  # noqa: E402

TASK = "number all the houses of the street"


def run_swarm(coders: int, steps: int, latency: float, sandbox: str) -> list[Recorded]:
    """One run; its requests in order of arrival."""
    goals = [f"paint number {number:03d} on its door" for number in range(coders)]
    plan = act(
        "assign",
        briefs=[brief(f"n{n:03d}", goal, f"{n:03d}/") for n, goal in enumerate(goals)],
    )
    script: dict[str, Any] = {
        goal: [
            *(
                bash(f"mkdir -p {n:03d}; echo {step} >> {n:03d}/log", latency=latency)
                for step in range(steps)
            ),
            finish(f"painted {n}", latency=latency),
        ]
        for n, goal in enumerate(goals)
    }
    script[TASK] = [plan, finish("all painted")]
    with tempfile.TemporaryDirectory() as folder, ScriptedServer(by_goal(script)) as server:
        repo = _repository(Path(folder))
        command = [sys.executable, "-m", "agentcli", "run", TASK, "--mode", "swarm"]
        command += ["--policy", "hands-off", "--coders", str(coders), "--sandbox", sandbox]
        command += ["--model", "openai/scripted", "--api-base", server.base]
        command += ["--reply-format", "native", "-o", "json"]
        env = {
            **os.environ,
            "XDG_STATE_HOME": f"{folder}/state",
            "XDG_CONFIG_HOME": f"{folder}/config",
        }
        done = subprocess.run(command, cwd=repo, env=env, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr or done.stdout)
        return server.chats


def throughput(chats: list[Recorded], coders: int, latency: float) -> dict[str, float]:
    """Requests a second while all coders work, against the ideal."""
    of_coders = [chat for chat in chats if "paint number" in _task(chat)]
    last_first = max(min(c.monotonic for c in mine) for mine in _by_task(of_coders).values())
    first_last = min(max(c.monotonic for c in mine) for mine in _by_task(of_coders).values())
    within = [chat for chat in of_coders if last_first <= chat.monotonic < first_last]
    rate = len(within) / (first_last - last_first)
    opening = last_first - min(c.monotonic for c in of_coders)
    whole = max(c.finished[-1] for c in of_coders) - min(c.monotonic for c in of_coders)
    steps = len(of_coders) / coders
    return {
        "requests_per_second": rate,
        "share_of_ideal": rate * latency / coders,
        "opening_seconds": opening,
        "whole_share": steps * latency / whole,
    }


def planner_context(chats: list[Recorded]) -> int:
    """Characters of the planner's last request."""
    mine = [chat for chat in chats if TASK in _task(chat)]
    return len(json.dumps(mine[-1].body["messages"]))


def _by_task(chats: list[Recorded]) -> dict[str, list[Recorded]]:
    found: dict[str, list[Recorded]] = {}
    for chat in chats:
        found.setdefault(_task(chat), []).append(chat)
    return found


def _task(chat: Recorded) -> str:
    messages = chat.body["messages"]
    return next(str(m["content"]) for m in messages if m["role"] == "user")


def _repository(folder: Path) -> Path:
    repo = folder / "repo"
    repo.mkdir()
    (repo / "a.txt").write_text("a\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        identity = ["-c", "user.name=B", "-c", "user.email=b@example.org"]
        subprocess.run(["git", *identity, *words], cwd=repo, check=True)
    return repo


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coders", type=int, default=10)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--no-context", action="store_true", help="throughput only")
    given = parser.parse_args()
    chats = run_swarm(given.coders, given.steps, given.latency, given.sandbox)
    found = throughput(chats, given.coders, given.latency)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, value in found.items():
        print(f"{name:22} {value:.2f}")
    if given.no_context:
        return
    for coders, steps in ((2, 2), (2, 40), (8, 2), (16, 2)):
        size = planner_context(run_swarm(coders, steps, 0.0, "host"))
        print(f"planner's context with {coders:2} coders of {steps:2} steps: {size} characters")


if __name__ == "__main__":
    main()
