"""Kill a study anywhere: no trial is lost, none is scored twice, the result is the same."""

import signal

import pytest

from tests.compare.conftest import Lab, Opened, does, results

NAMES = ("one", "two")
KILLED = "tests.support.killed_in_study"


def killed(it: Lab, after: int, command: str = "batch", *flags: str) -> bool:
    """Whether the study died after that many writes, rather than come to its end."""
    process = it.start(command, *flags, by=(KILLED, str(after)))
    process.communicate(timeout=100)
    assert process.returncode in (0, -signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def undisturbed() -> list[tuple[object, ...]]:
    """Each task's result when nothing happens, without the trial's id."""
    return [("solo", name, 1, "solved", "verified", 1, 2, 1, 200, 40, 0.0) for name in NAMES]


@pytest.mark.parametrize("point", [2, 15])
def test_a_killed_study_goes_on_to_the_same_result(lab: Opened, point: int) -> None:
    with lab(does(*NAMES), *NAMES) as it:
        assert killed(it, point)
        said = it.type("batch")
        assert said.code == 0, said
        assert [one[1:] for one in results(said)] == undisturbed()
        assert len(it.server.chats) <= 2 * 2 + 1  # the call in flight may be made again


def test_killed_again_and_again_it_still_ends(lab: Opened) -> None:
    with lab(does(*NAMES), *NAMES) as it:
        assert [killed(it, point) for point in (4, 9)] == [True, True]
        said = it.type("batch")
    assert [one[1:] for one in results(said)] == undisturbed()


def test_two_processes_share_a_study_and_do_nothing_twice(lab: Opened) -> None:
    names = [f"t{n}" for n in range(6)]
    with lab(does(*names), *names) as it:
        processes = [it.start("batch", "-j", "2") for _ in range(2)]
        ends = [process.communicate(timeout=100) for process in processes]
        assert [process.returncode for process in processes] == [0, 0], ends
        begun = it.first_requests()
        assert len(begun) == len(set(begun)) == 6
        said = it.type("batch")
    assert said.json["standing"]["solved"] == 6


def test_workers_end_with_the_process_that_started_them(lab: Opened) -> None:
    names = [f"t{n}" for n in range(4)]
    with lab(does(*names), *names) as it:
        process = it.start("batch", "-j", "2", "--processes", "2")
        while not it.server.chats:
            assert process.poll() is None
        process.kill()
        process.communicate(timeout=30)
        said = it.type("batch", "-j", "2")
    assert said.code == 0, said
    assert said.json["standing"]["solved"] == 4


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", [1, 2, 3])
def test_every_point(lab: Opened, first: int) -> None:
    """A study of its own for each point, so that each is met from a fresh start."""
    point = first
    with lab(does(*NAMES), *NAMES) as it:
        while killed(it, point, "compare", "--arm", "solo", "--name", f"p{point}"):
            said = it.type("compare", "--arm", "solo", "--name", f"p{point}")
            assert said.code == 0, said
            assert [one[1:] for one in results(said)] == undisturbed()
            point += 3
    assert point > 25
