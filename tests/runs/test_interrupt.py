"""Ctrl-C: what was done is kept, nothing keeps running, and the run can go on."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runs.conftest import Opened, events, labels
from tests.runs.scripts import bash, by_goal, finish, write

TASK = "write b.py"


@pytest.mark.parametrize("sandbox", ["host", pytest.param("docker", marks=pytest.mark.docker)])
def test_an_interrupted_run_keeps_what_was_done_and_goes_on(office: Opened, sandbox: str) -> None:
    first, last = write("b.py", "b = 2\n"), finish("wrote it")
    waiting = bash("echo c > c.txt", latency=8.0)
    turns = {TASK: [first, waiting, last]}
    with office(by_goal(turns)) as it:
        with it.process(TASK, "--sandbox", sandbox, "-o", "json") as process:
            _until(lambda: len(it.server.chats) == 2)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        assert process.returncode == 130, err
        assert time.monotonic() - began < 7
        assert b"Traceback" not in err
        ended = json.loads(out)
        assert ended["status"] == "interrupted"
        assert it.desk.git("show", f"{ended['branch']}:b.py") == "b = 2"
        if sandbox == "docker":
            assert ended["run"] not in labels()

        turns[TASK] = [first, bash("echo c > c.txt"), last]
        said = it.again()
        assert said.code == 0, said.err
        assert it.tree(said) == {"a.py": "a = 1", "b.py": "b = 2", "c.txt": "c"}
        assert it.subjects(said) == ["wrote it"]
        assert len(it.server.chats) == 4  # the one that was cut off is asked again, no other


def test_the_command_that_runs_at_that_moment_is_ended(office: Opened) -> None:
    marker = "sleep 987.654"
    with office(by_goal({TASK: [bash(f"{marker} & {marker}"), finish()]})) as it:
        with it.process(TASK, "-o", "json") as process:
            _until(lambda: len(_processes(marker)) >= 2)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
        assert process.returncode == 130
        _until(lambda: _processes(marker) == [])


@pytest.mark.docker
def test_the_second_ctrl_c_leaves_nothing_and_the_run_can_go_on(office: Opened) -> None:
    nap = bash("sleep 600", timeout=3)  # on resume it ends by itself
    with office(by_goal({TASK: [write("b.py", "b = 2\n"), nap, finish("wrote it")]})) as it:
        with it.process(TASK, "--sandbox", "docker") as process:
            _until(lambda: _processes("sleep 600") != [])
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
        assert (process.returncode, time.monotonic() - began < 4) == (130, True), err
        assert b"Traceback" not in err
        assert events()[0].run_id not in labels()

        said = it.again()
        assert said.code == 0, said.err
        assert it.tree(said) == {"a.py": "a = 1", "b.py": "b = 2"}
        assert it.subjects(said) == ["wrote it"]
        assert len(it.server.chats) == 3  # what was recorded is not asked again


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _processes(command: str) -> list[str]:
    wanted, found = command.replace(" ", "\0").encode() + b"\0", []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (place / "cmdline").read_bytes() == wanted:
                found.append(place.name)
        except OSError:  # it ended while we looked
            continue
    return found
