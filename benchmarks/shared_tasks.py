"""Small tasks that two coders can share, by a real model, in all ways of working.

    python benchmarks/shared_tasks.py LOG --model M [--api-base URL] [--tasks a,b] [--arms x,y]

Each task is a git repository with two modules and failing tests. Every arm gets the same sentence,
token budget and time. LOG (JSON Lines) keeps what was run: begun again, it goes on where it ended.
The table of all that the log holds is printed at the end.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_TEST = "python3 -m unittest"
_ARMS = {
    "swarm, free": ["--mode", "swarm", "--policy", "free", "--coders", "2"],
    "swarm, turns": ["--mode", "swarm", "--policy", "turns", "--coders", "2"],
    "swarm, evidence": ["--mode", "swarm", "--policy", "evidence", "--coders", "2"],
    "recursive": ["--mode", "recursive"],
    "solo": ["--mode", "solo"],
}
_TASKS: dict[str, tuple[str, dict[str, str]]] = {
    "words": (
        "count_words must not tell upper and lower case apart, and longest must give the first of "
        "several longest words. Mend both.",
        {
            "counting.py": """\
def count_words(text):
    \"\"\"How often each word occurs, in lower case: "A a b" gives {"a": 2, "b": 1}.\"\"\"
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts
""",
            "longest.py": """\
def longest(words):
    \"\"\"The longest word; of several equally long ones the first. "" when there is none.\"\"\"
    best = ""
    for word in words:
        if len(word) >= len(best):
            best = word
    return best
""",
            "test_counting.py": """\
import unittest

from counting import count_words


class CountWordsTest(unittest.TestCase):
    def test_case_does_not_matter(self):
        self.assertEqual(count_words("A a b"), {"a": 2, "b": 1})
""",
            "test_longest.py": """\
import unittest

from longest import longest


class LongestTest(unittest.TestCase):
    def test_the_first_of_equals(self):
        self.assertEqual(longest(["an", "oak", "elm"]), "oak")
        self.assertEqual(longest([]), "")
""",
        },
    ),
    "statistics": (
        "Write median (for an even number of values the mean of the middle two) and mode (the most "
        "frequent value, the smallest of several).",
        {
            "middle.py": """\
def median(values):
    raise NotImplementedError
""",
            "often.py": """\
def mode(values):
    raise NotImplementedError
""",
            "test_middle.py": """\
import unittest

from middle import median


class MedianTest(unittest.TestCase):
    def test_odd_and_even(self):
        self.assertEqual(median([3, 1, 2]), 2)
        self.assertEqual(median([4, 1, 2, 3]), 2.5)
""",
            "test_often.py": """\
import unittest

from often import mode


class ModeTest(unittest.TestCase):
    def test_the_most_frequent(self):
        self.assertEqual(mode([1, 2, 2, 3]), 2)

    def test_the_smallest_of_several(self):
        self.assertEqual(mode([5, 5, 4, 4, 9]), 4)
""",
        },
    ),
    "time": (
        "minutes must read a time such as 1:30 as 90, and clock must write 90 as 1:30, always with "
        "two digits for the minutes.",
        {
            "reading.py": """\
def minutes(text):
    \"\"\"A time "hours:minutes" in minutes.\"\"\"
    hours, rest = text.split(":")
    return int(hours) + int(rest)
""",
            "writing.py": """\
def clock(total):
    \"\"\"Minutes as "hours:minutes", the minutes with two digits.\"\"\"
    return f"{total // 60}:{total % 60}"
""",
            "test_reading.py": """\
import unittest

from reading import minutes


class MinutesTest(unittest.TestCase):
    def test_hours_count_sixty(self):
        self.assertEqual(minutes("1:30"), 90)
        self.assertEqual(minutes("0:05"), 5)
""",
            "test_writing.py": """\
import unittest

from writing import clock


class ClockTest(unittest.TestCase):
    def test_two_digits(self):
        self.assertEqual(clock(90), "1:30")
        self.assertEqual(clock(65), "1:05")
""",
        },
    ),
}
_COLUMNS = (
    "task", "arm", "verdict", "steps", "tokens", "seconds", "delegations", "alone", "overrides",
    "@5", "effect",
)  # fmt: skip


def main() -> None:
    """Run what the log does not hold yet, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--api-base")
    parser.add_argument("--tasks", default=",".join(_TASKS))
    parser.add_argument("--arms", default=";".join(_ARMS), help="separated by semicolons")
    parser.add_argument("--max-tokens", default="30000")
    parser.add_argument("--max-time", default="300")
    arguments = parser.parse_args()
    done = _read(arguments.log)
    for task in arguments.tasks.split(","):
        for arm in arguments.arms.split(";"):
            if any(row["task"] == task and row["arm"] == arm for row in done):
                continue
            row = {"task": task, "arm": arm, **_run(arguments, task, arm)}
            done.append(row)
            with arguments.log.open("a") as log:
                log.write(json.dumps(row) + "\n")
    print("| " + " | ".join(_COLUMNS) + " |")
    print("|" + "---|" * len(_COLUMNS))
    for row in done:
        print("| " + " | ".join(str(row[column]) for column in _COLUMNS) + " |")


def _read(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def _run(arguments: argparse.Namespace, task: str, arm: str) -> dict[str, Any]:
    sentence, files = _TASKS[task]
    with tempfile.TemporaryDirectory() as directory:
        repo = _repository(Path(directory), task, files)
        command = ["run", sentence, *_ARMS[arm], "--repo", str(repo), "--test", _TEST]
        command += [
            "--model",
            arguments.model,
            "--output",
            "json",
            "--max-time",
            arguments.max_time,
        ]
        command += ["--max-tokens", arguments.max_tokens]
        command += ["--api-base", arguments.api_base] if arguments.api_base else []
        began = time.monotonic()
        done = _agentcli(*command)
        seconds = round(time.monotonic() - began)
    if not done.stdout:
        raise SystemExit(f"{task}, {arm}: {done.stderr}")
    run = json.loads(done.stdout)
    passed = bool(run["verified"] and run["verified"]["check"]["passed"])
    return {
        "run": run["run"],
        "verdict": "solved" if passed else f"not solved ({run['status']})",
        "steps": run["steps"],
        "tokens": run["tokens"]["total"],
        "seconds": seconds,
        **_ledger(run["run"]),
    }


def _ledger(run: str) -> dict[str, Any]:
    """The run's delegations and overrides, as `agentcli overrides` tells them."""
    told = json.loads(_agentcli("overrides", run, "--json").stdout)
    rates, delegations = told["rates"], told["delegations"]
    at_five = rates["overwrite_at_5"]
    return {
        "delegations": len(delegations),
        "alone": sum(bool(each["autonomous"]) for each in delegations),
        "overrides": _counts(rates["kinds"]),
        "@5": f"{at_five['hits']}/{at_five['n']}",
        "effect": _counts(rates["effects"]),
        "ledger": told,
    }


def _counts(of: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in of.items()) or "none"


def _agentcli(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "AGENTCLI_COMMAND_TIMEOUT": "10"}
    command = [sys.executable, "-m", "agentcli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def _repository(directory: Path, name: str, files: dict[str, str]) -> Path:
    repo = directory / name
    repo.mkdir()
    for path, text in files.items():
        (repo / path).write_text(text)
    who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for git in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", name]):
        subprocess.run(["git", *git], cwd=repo, check=True)
    return repo


if __name__ == "__main__":
    main()
