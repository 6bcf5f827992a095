"""Two runs at once in one repository do not disturb each other."""

import json
import signal
import time

from tests.runs.conftest import Opened
from tests.runs.scripts import bash, by_goal, finish

ONE, TWO = "paint it red", "paint it blue"


def test_each_has_its_own_files_branch_and_record(office: Opened) -> None:
    script = {
        task: [
            bash(f"echo {colour} > paint.txt", latency=0.2),
            bash("cat paint.txt >> log.txt", latency=0.2),
            finish(task),
        ]
        for task, colour in ((ONE, "red"), (TWO, "blue"))
    }
    with (
        office(by_goal(script)) as it,
        it.process(ONE, "-o", "json") as one,
        it.process(TWO, "-o", "json") as two,
    ):
        ended = [json.loads(p.communicate(timeout=30)[0]) for p in (one, two)]
        for run, colour in zip(ended, ("red", "blue"), strict=True):
            assert run["exit_code"] == 0
            assert it.desk.git("show", f"{run['branch']}:log.txt") == colour
            assert run["steps"] == 3
        assert it.desk.git("status", "--porcelain") == ""


def test_the_end_of_one_leaves_the_other_alone(office: Opened) -> None:
    turns = [bash("echo x > x.txt"), bash("sleep 1; echo y > y.txt"), finish()]
    stopped = [bash("true"), bash("sleep 60")]
    with (
        office(by_goal({ONE: turns, TWO: stopped})) as it,
        it.process(ONE, "-o", "json") as one,
        it.process(TWO, "-o", "json") as two,
    ):
        while sum(TWO in str(chat.body) for chat in it.server.chats) < 2:
            assert two.poll() is None
            time.sleep(0.01)
        two.send_signal(signal.SIGINT)
        two.communicate(timeout=20)
        assert two.returncode == 130
        said = json.loads(one.communicate(timeout=30)[0])
        assert said["exit_code"] == 0
        assert it.desk.git("show", f"{said['branch']}:y.txt") == "y"
