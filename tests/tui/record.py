"""Make the recordings of this folder: `python -m tests.tui.record`.

Real runs of scripted models, whose chance parts (ids, times, places) are put to fixed values, so
that a picture of them is always the same. The files are committed.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from agentcli.cli.main import run_cli
from agentcli.journal.store import Journal
from tests.runs.scripts import Script, act, bash, brief, by_goal, delegate, finish, write
from tests.support.scripted_server import ScriptedServer

HERE = Path(__file__).parent / "recordings"
EPOCH = 1_767_607_200.0  # 2026-01-05 10:00 UTC
PACE = 40.0  # times are drawn out, as if a real model had answered

BUILD, ADDING, DOUBLING = "Build a calculator", "write the adding part", "write the doubling part"
ADDS = "def add(a, b):\n    total = a + b\n    return total\n"
TWICE = "def twice(a):\n    result = a * 2\n    return result\n"
BREAKS = "def add(x, y):\n    return x - y\n"
TEST = "python3 -c 'from add import *; assert add(2, 3) == 5'"

SWARM: Script = by_goal(
    {
        ADDING: [write("add.py", ADDS), bash("python3 add.py"), finish("It adds two numbers.")],
        DOUBLING: [write("twice.py", TWICE, latency=0.3), finish("It doubles a number.")],
        BUILD: [
            act(
                "assign",
                briefs=[brief("add", ADDING, "add.py"), brief("twice", DOUBLING, "twice.py")],
            ),
            act("wait"),
            act("wait"),
            act("accept", of="add"),
            act("reject", of="twice", reason="The task asks for sums only."),
            write("add.py", BREAKS),
            finish("The calculator stands, my way.", "partial"),
        ],
    }
)
FIX, PART = "Fix the totals of the basket", "find and mend the wrong sum"
FIXED = "def total(items):\n    return sum(items)\n"
FRAMES: Script = by_goal(
    {
        PART: [
            bash("grep -n items basket.py; false"),
            write("basket.py", FIXED),
            finish("The sum began at the second item."),
        ],
        FIX: [
            bash("ls"),
            bash("python3 basket.py"),
            delegate(PART, paths=["basket.py"]),
            finish("The total counts every item now."),
        ],
    }
)


def main() -> None:
    HERE.mkdir(exist_ok=True)
    _record("swarmrun", SWARM, BUILD, ("--mode", "swarm", "--policy", "turns", "--test", TEST))
    _record("framesrn", FRAMES, FIX, ("--mode", "recursive", "--test", "python3 basket.py"))


def _record(name: str, script: Script, task: str, flags: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as place, ScriptedServer(script) as server:
        repo = Path(place) / "calculator"
        for kind in ("STATE", "CONFIG", "CACHE"):
            os.environ[f"XDG_{kind}_HOME"] = f"{place}/{kind}"
        subprocess.run(["git", "init", "-qb", "main", str(repo)], check=True)
        (repo / "basket.py").write_text("def total(items):\n    return sum(items[1:])\n")
        model = ("--model", "openai/scripted", "--api-base", server.base, "--sandbox", "host")
        more = ("--reply-format", "native", "--repo", str(repo), *model, *flags)
        run_cli(["run", task, *more])
        with Journal() as journal:
            run_id = journal.find_run("last")
            lines = [event.to_json() for event in journal.events(run_id)]
        text = "\n".join(lines).replace(run_id, name).replace(str(repo), "/home/ada/calculator")
    text = text.replace(server.base, "http://127.0.0.1:8080/v1")
    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:
        row["at"] = EPOCH + round((row["at"] - rows[-1]["at"]) * PACE, 1)
        row.update({key: 1.4 for key in ("seconds", "first_token") if row.get(key) is not None})
    (HERE / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
