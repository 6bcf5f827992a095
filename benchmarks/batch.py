"""How many model calls a batch makes, beside mini-swe-agent's batch runner, and what a run takes.

    python benchmarks/batch.py rate [--mini PYTHON] [--tasks 24] [--calls 11] [--jobs 1 8 32]
    python benchmarks/batch.py memory [--jobs 32]
    python benchmarks/batch.py latency [--runs 500] [--calls 20] [--latency 2] [--sandbox host]

The model is a scripted server in a process of its own. Each run calls it `--calls` times, with one
command (`true`) in the sandbox after each. PYTHON is that of an environment with mini-swe-agent and
`datasets`; it runs with its local environment, which isolates nothing and judges nothing, as
`--sandbox host` isolates nothing here. Rates are requests a second from the first request to the
last. `latency` counts while all runs are at work: from the last one's first request to the first
one's last; ideal are runs / latency requests a second. Every line ends with the load average.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.scripted_server import Recorded, ScriptedServer, Turn  # noqa: E402

_MINI_ENDS = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
_PAGE = 0.5  # seconds between looks at memory


def serve(calls: int, latency: float) -> None:
    """Be the model until standard input ends; answer each line with figures of what was asked."""

    def answer(request: dict[str, Any]) -> Turn:
        said = _replies(request)
        if said < calls - 1:
            return Turn("x", [("bash", {"command": f"true {said}"})], latency=latency)
        tools = [tool["function"]["name"] for tool in request.get("tools", ())]
        if "finish" in tools:
            return Turn("x", [("finish", {"status": "failed", "summary": "x"})], latency=latency)
        return Turn("x", [("bash", {"command": _MINI_ENDS})], latency=latency)

    with ScriptedServer(answer) as server:
        print(server.port, flush=True)
        for _ in sys.stdin:
            chats, server.requests = server.chats, []
            print(json.dumps(_figures(chats, calls)), flush=True)


def _replies(request: dict[str, Any]) -> int:
    return sum(message["role"] == "assistant" for message in request["messages"])


def _figures(chats: Sequence[Recorded], calls: int) -> dict[str, float]:
    times = sorted(chat.monotonic for chat in chats)
    firsts = [chat.monotonic for chat in chats if _replies(chat.body) == 0]
    lasts = [chat.monotonic for chat in chats if _replies(chat.body) == calls - 1]
    all_in, first_out = max(firsts), min(lasts)
    within = [moment for moment in times if all_in <= moment < first_out]
    return {
        "requests": len(times),
        "seconds": round(times[-1] - times[0], 2),
        "per_second": round(len(times) / (times[-1] - times[0]), 1),
        "opening_seconds": round(all_in - times[0], 2),
        "together_seconds": round(first_out - all_in, 2),
        "together_per_second": round(len(within) / max(first_out - all_in, 0.001), 1),
    }


@dataclass(frozen=True)
class Model:
    """The scripted server's process."""

    process: subprocess.Popen[str]
    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def figures(self) -> dict[str, float]:
        """Of what was asked since the last time."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        found: dict[str, float] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def model(calls: int, latency: float = 0.0) -> Iterator[Model]:
    """The server, for as long as the block lasts."""
    command = [sys.executable, __file__, "serve", str(calls), str(latency)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        yield Model(process, int(process.stdout.readline()))
        process.stdin.close()


@dataclass(frozen=True)
class Taken:
    """What a batch took: bytes of memory at most, seconds of processors, with all its processes."""

    memory: int
    cpu: float


def agentcli(asked: Model, tasks: int, jobs: int, *flags: str, sandbox: str = "host") -> Taken:
    """One batch in places of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for number in range(tasks):
            (Path(folder) / f"t{number:03d}.yaml").write_text(
                f"{{id: t{number:03d}, prompt: go {number}, start: {{files: {{a.txt: x}}}}, "
                'verify: "true"}'
            )
        command = [sys.executable, "-m", "agentcli", "batch", folder, "--mode", "solo"]
        command += ["--model", "openai/scripted", "--api-base", asked.base, "-o", "json"]
        command += ["--reply-format", "native", "--sandbox", sandbox, "-j", str(jobs), *flags]
        places = {"XDG_STATE_HOME": f"{folder}/state", "XDG_CONFIG_HOME": f"{folder}/config"}
        path = {"PYTHONPATH": str(ROOT)}
        # Without variables of git's that other programs of this machine may need: to keep one from
        # git takes a process more each time.
        plain = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        return _run(command, {**plain, **places, **path})


def mini(python: str, asked: Model, tasks: int, workers: int) -> Taken:
    """One batch of mini-swe-agent's runner for SWE-bench, in its local environment."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            json.dumps({"instance_id": f"t{number:03d}", "problem_statement": f"go {number}"})
            for number in range(tasks)
        ]
        (Path(folder) / "data").mkdir()
        (Path(folder) / "data" / "train.jsonl").write_text("\n".join(rows))
        command = [python, "-m", "minisweagent.run.benchmarks.swebench"]
        command += ["--subset", f"{folder}/data", "--split", "train", "-o", f"{folder}/out"]
        command += ["-w", str(workers), "-m", "openai/scripted", "-c", "swebench.yaml"]
        command += ["-c", f"model.model_kwargs.api_base={asked.base}"]
        command += ["-c", f"environment.cwd={folder}", "--environment-class", "local"]
        quiet = {
            "MSWEA_COST_TRACKING": "ignore_errors",
            "MSWEA_SILENT_STARTUP": "1",
            "MSWEA_CONFIGURED": "true",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "OPENAI_API_KEY": "none",
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": f"{folder}/hf",
        }
        return _run(command, {**os.environ, **quiet})


def _run(command: Sequence[str], env: dict[str, str]) -> Taken:
    """Run it to its end, and watch the memory of all its processes (shared pages by share)."""
    before = _computed()
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    largest = 0

    def watch() -> None:
        nonlocal largest
        while process.poll() is None:
            largest = max(largest, _memory(process.pid))
            time.sleep(_PAGE)

    threading.Thread(target=watch, daemon=True).start()
    _, said = process.communicate()
    if process.returncode not in (0, 1):
        raise SystemExit(said[-2000:])
    return Taken(largest, _computed() - before)


def _computed() -> float:
    """Seconds that all children so far, and theirs, have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory(pid: int) -> int:
    """Proportional set size of a process and all below it, in bytes."""
    total = 0
    for one in (pid, *_descendants(pid)):
        try:
            lines = (Path("/proc") / str(one) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    return total


def _descendants(pid: int) -> Iterator[int]:
    try:
        children = (Path("/proc") / str(pid) / "task" / str(pid) / "children").read_text()
    except OSError:
        return
    for child in map(int, children.split()):
        yield child
        yield from _descendants(child)


def say(**figures: object) -> None:
    """A line of JSON, with the load average of the last minute."""
    print(json.dumps({**figures, "load": round(os.getloadavg()[0], 1)}), flush=True)


def rate(tasks: int, calls: int, jobs: Sequence[int], python: str | None) -> None:
    """Requests a second, the two runners taking turns."""
    with model(calls) as asked:
        for number in jobs:
            taken = agentcli(asked, tasks, number)
            _say_rate("agentcli", number, asked.figures(), taken)
            if python is not None:
                taken = mini(python, asked, tasks, number)
                _say_rate("mini-swe-agent", number, asked.figures(), taken)


def _say_rate(runner: str, jobs: int, found: dict[str, float], taken: Taken) -> None:
    each = round(1000 * taken.cpu / found["requests"], 1)
    kept = {key: found[key] for key in ("requests", "seconds", "per_second")}
    say(runner=runner, jobs=jobs, **kept, cpu_ms_each=each)


def memory(jobs: int) -> None:
    """Memory of one more run at the same time, in one process."""
    with model(calls=8, latency=1.0) as asked:
        one = agentcli(asked, 1, 1, "--processes", "1").memory
        many = agentcli(asked, jobs, jobs, "--processes", "1").memory
    say(one_mb=one >> 20, many_mb=many >> 20, each_mb=round((many - one) / (jobs - 1) / 2**20, 2))


def latency(runs: int, calls: int, seconds: float, sandbox: str) -> None:
    """Requests a second of many runs at once, against the bound that the model's latency sets."""
    with model(calls, seconds) as asked:
        taken = agentcli(asked, runs, runs, sandbox=sandbox)
        found = asked.figures()
    share = found["together_per_second"] * seconds / runs
    say(runs=runs, latency=seconds, **found, share_of_bound=round(share, 3), mb=taken.memory >> 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("rate")
    one.add_argument("--mini", metavar="PYTHON")
    one.add_argument("--tasks", type=int, default=24)
    one.add_argument("--calls", type=int, default=11)
    one.add_argument("--jobs", type=int, nargs="+", default=[1, 8, 32])
    one = commands.add_parser("memory")
    one.add_argument("--jobs", type=int, default=32)
    one = commands.add_parser("latency")
    one.add_argument("--runs", type=int, default=500)
    one.add_argument("--calls", type=int, default=20)
    one.add_argument("--latency", type=float, default=2.0)
    one.add_argument("--sandbox", default="host")
    one = commands.add_parser("serve")
    one.add_argument("calls", type=int)
    one.add_argument("latency", type=float)
    given = parser.parse_args()
    match given.command:
        case "rate":
            rate(given.tasks, given.calls, given.jobs, given.mini)
        case "memory":
            memory(given.jobs)
        case "latency":
            latency(given.runs, given.calls, given.latency, given.sandbox)
        case "serve":
            serve(given.calls, given.latency)


if __name__ == "__main__":
    main()
