"""A task is fit when its verifier refuses the start, accepts the reference, and always does."""

import asyncio
from pathlib import Path

import pytest

from agentcli.sandbox.host import HostBackend
from agentcli.settings import Settings
from agentcli.tasks.bench import bench
from agentcli.tasks.check import Checked, Checker
from agentcli.tasks.layers import lay
from agentcli.tasks.task import Layer, Task
from tests.workspace.conftest import _own_configuration  # noqa: F401

SOLVED = Layer(files={"answer.txt": "42\n"})
TASK = Task(
    id="answer",
    prompt="Write the answer.",
    start=Layer(files={"question.txt": "6 * 7\n"}),
    verify="sh judge.sh",
    hidden=Layer(files={"judge.sh": "grep -qx 42 answer.txt || { echo wrong; exit 3; }\n"}),
    reference=SOLVED,
)


def check(task: Task, repeats: int = 1) -> Checked:
    return asyncio.run(Checker(HostBackend(), Settings(), repeats).check(task))  # type: ignore[call-arg]


def changed(**update: object) -> Task:
    return TASK.model_copy(update=update)


def test_a_fit_task() -> None:
    checked = check(TASK, repeats=2)
    assert (checked.fitness, checked.before, checked.after) == ("fit", (False,) * 2, (True,) * 2)
    assert checked.reason == "" and checked.seconds > 0


@pytest.mark.parametrize(
    ("update", "fitness", "reason"),
    [
        ({"verify": "true"}, "passes before", "untouched start"),
        ({"reference": Layer(files={"answer.txt": "41"})}, "reference fails", "exit code 3: wrong"),
        ({"reference": None}, "no reference", "nothing shows"),
        ({"reference": Layer(patch="nonsense")}, "broken", "The patch doesn't fit"),
        ({"setup": "echo no tool >&2; exit 1"}, "infra", "no tool"),
        ({"verify": "sleep 9", "timeout": 0.2}, "reference fails", "no end within"),
        ({"reference": None, "solve": "echo 42 > answer.txt"}, "fit", ""),
        ({"reference": None, "solve": "echo lost >&2; exit 1"}, "broken", "failed: lost"),
    ],
)
def test_what_makes_it_unfit(update: dict[str, object], fitness: str, reason: str) -> None:
    checked = check(changed(**update))
    assert checked.fitness == fitness
    assert reason in checked.reason


def test_a_verifier_that_changes_its_mind_is_found(tmp_path: Path) -> None:
    """Only on the host can it: a file outside its sandbox stays from one verdict to the next."""
    mark = tmp_path / "asked"
    flaky = changed(verify=f"test -e answer.txt && mkdir {mark}")
    checked = check(flaky, repeats=3)
    assert (checked.fitness, checked.after) == ("flaky", (True, False, False))
    assert "the reference passed 1 of 3" in checked.reason


async def test_many_are_answered_in_their_order() -> None:
    told: list[str] = []
    tasks = [changed(id="slow", setup="sleep 0.5"), changed(id="bad", verify="true"), TASK]
    checker = Checker(HostBackend(), Settings(), 1)  # type: ignore[call-arg]
    checked = await checker.check_all(tasks, 2, lambda one: told.append(one.task))
    assert [one.task for one in checked] == ["slow", "bad", "answer"]
    assert [one.fitness for one in checked] == ["fit", "passes before", "fit"]
    assert sorted(told) == ["answer", "bad", "slow"]


async def test_hidden_files_win_over_what_an_agent_put_in_their_place() -> None:
    async with bench(TASK, HostBackend(), Settings()) as place:  # type: ignore[call-arg]
        assert "judge.sh" not in place.store.files(place.store.base_tree)
        for forged in ({"judge.sh": "exit 0\n"}, {"judge.sh/x": "exit 0\n"}):
            tree = lay(place.store.git, place.store.base_tree, Layer(files=forged))
            assert not (await place.judge(tree)).check.passed
        assert (await place.judge(await place.solve())).check.passed
