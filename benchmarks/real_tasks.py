"""Small real tasks with a real model, in both modes: QuixBugs' one-line bugs in Python.

    python benchmarks/real_tasks.py CHECKOUT --model M [--api-base URL] [--programs a,b]

CHECKOUT is a clone of QuixBugs (github: jkoppel/QuixBugs, MIT). Each program becomes a git
repository of its own with its buggy code, its test data and a test; agentcli gets one sentence.
The table says of each run whether the verifier passed, and what it took.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_PROGRAMS = "bitcount,find_in_sorted,gcd,get_factors,is_valid_parenthesization,max_sublist_sum"
_TEST = """\
import json
import unittest
from pathlib import Path

from {name} import {name}


class Test(unittest.TestCase):
    def test_known_cases(self):
        for line in Path("{name}.json").read_text().splitlines():
            given, expected = json.loads(line)
            given = given if isinstance(given, list) else [given]
            with self.subTest(given=given):
                self.assertEqual({name}(*given), expected)
"""


def main() -> None:
    """Run all programs in both modes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--api-base")
    parser.add_argument("--programs", default=_PROGRAMS)
    parser.add_argument("--modes", default="solo,recursive")
    parser.add_argument("--max-steps", default="4")
    arguments = parser.parse_args()
    print("| program | mode | verdict | steps | tokens | seconds | run |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name in arguments.programs.split(","):
        for mode in arguments.modes.split(","):
            row = _run(arguments, name, mode)
            print(f"| {name} | {mode} | " + " | ".join(map(str, row)) + " |", flush=True)


def _run(arguments: argparse.Namespace, name: str, mode: str) -> tuple[Any, ...]:
    with tempfile.TemporaryDirectory() as directory:
        repo = _repository(Path(directory), arguments.checkout, name)
        command = [sys.executable, "-m", "agentcli", "run"]
        command += [f"`{name}` in {name}.py has a bug. Find it and mend it.", "--mode", mode]
        command += ["--repo", str(repo), "--test", "python3 -m unittest", "--output", "json"]
        command += ["--model", arguments.model, "--max-steps", arguments.max_steps]
        command += ["--max-time", "240"]
        if arguments.api_base:
            command += ["--api-base", arguments.api_base]
        environment = {**os.environ, "AGENTCLI_COMMAND_TIMEOUT": "10"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if not done.stdout:
        return (done.stderr.strip()[-80:], 0, 0, 0, "")
    run = json.loads(done.stdout)
    passed = bool(run["verified"] and run["verified"]["check"]["passed"])
    verdict = "solved" if passed else f"not solved ({run['status']})"
    return verdict, run["steps"], run["tokens"]["total"], round(run["seconds"]), run["run"]


def _repository(directory: Path, checkout: Path, name: str) -> Path:
    repo = directory / name
    repo.mkdir()
    shutil.copy(checkout / "python_programs" / f"{name}.py", repo)
    shutil.copy(checkout / "json_testcases" / f"{name}.json", repo)
    (repo / f"test_{name}.py").write_text(_TEST.format(name=name))
    who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for git in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", f"QuixBugs: {name}"]):
        subprocess.run(["git", *git], cwd=repo, check=True)
    return repo


if __name__ == "__main__":
    main()
