"""Guards: circles are named in time, honest work is left alone."""

from collections.abc import Sequence

import pytest

from agentcli.agents.guards import (
    CycleGuard,
    Finding,
    Guard,
    ProgressGuard,
    RepeatGuard,
    TriesGuard,
    default_guards,
)
from agentcli.journal.events import Call, Check, Checkpoint, ToolReturned


def returned(command: str, output: str = "same", tree: str | None = None) -> ToolReturned:
    call = Call(id=f"id of {command}", name="bash", arguments={"command": command})
    checkpoint = None if tree is None else Checkpoint(number=1, tree=tree)
    return ToolReturned(call=call, ok=True, output=output, checkpoint=checkpoint)


def verdicts(guard: Guard, results: Sequence[ToolReturned]) -> dict[int, str]:
    """Of the n-th result (from 1): `warn` or `stop`."""
    found: dict[int, Finding | None] = {n: guard.after(r) for n, r in enumerate(results, 1)}
    return {n: "stop" if f.stop else "warn" for n, f in found.items() if f is not None}


def of(*commands: str) -> list[ToolReturned]:
    return [returned(command) for command in commands]


def test_the_third_same_result_is_told_and_the_sixth_stops() -> None:
    assert verdicts(RepeatGuard(), of(*["ls"] * 6)) == {3: "warn", 6: "stop"}


@pytest.mark.parametrize("between", [returned("pwd"), returned("ls", "other"), returned("ls -l")])
def test_another_call_or_result_begins_the_count_anew(between: ToolReturned) -> None:
    assert verdicts(RepeatGuard(), [*of("ls", "ls"), between, *of("ls", "ls")]) == {}


def test_two_calls_in_turn_are_told_after_three_rounds_and_stopped_after_six() -> None:
    assert verdicts(CycleGuard(), of(*["a", "b"] * 6)) == {6: "warn", 12: "stop"}


@pytest.mark.parametrize("commands", [["a"] * 12, ["a", "b", "c"] * 4, ["a", "b", "b", "a"] * 3])
def test_what_does_not_alternate_is_no_cycle(commands: list[str]) -> None:
    assert verdicts(CycleGuard(), of(*commands)) == {}


def test_a_cycle_whose_results_change_is_work() -> None:
    results = [returned(c, f"{n}") for n in range(10) for c in ("edit", "pytest")]
    assert verdicts(CycleGuard(), results) == {}


def test_ten_steps_without_anything_new_are_told_and_twenty_stop() -> None:
    results = of(*["a", "b", "c"] * 8)[:23]
    assert verdicts(ProgressGuard(), results) == {13: "warn", 23: "stop"}


def test_a_written_file_or_a_new_result_is_progress() -> None:
    wrote, new = returned("a", tree="t"), returned("new")
    for progress in (wrote, new):
        results = [*of("a", "b", *["a", "b"] * 4, "a"), progress, *of(*["a", "b"] * 4, "a")]
        assert verdicts(ProgressGuard(), results) == {}


@pytest.mark.parametrize("took", ["0.12s", "3 ms", "1.5 seconds", "2 sec"])
def test_how_long_it_took_makes_no_new_result(took: str) -> None:
    guard = RepeatGuard(warn_at=2)
    results = [returned("pytest", f"1 failed in {said}") for said in ("0.5s", took)]
    assert verdicts(guard, results) == {2: "warn"}


def refused(failures: int, said: str = "") -> ToolReturned:
    call = Call(id="f", name="finish", arguments={"summary": said})
    output = f"{said}\n{failures} failed"
    check = Check(command="pytest", exit_code=1, passed=False, output=output, seconds=1)
    return ToolReturned(call=call, ok=False, output=output, check=check)


def test_six_tries_that_come_no_nearer_stop() -> None:
    tries = [refused(2, f"idea {n}") for n in range(6)]
    assert verdicts(TriesGuard(), tries) == {6: "stop"}
    assert verdicts(TriesGuard(), [t for one in tries for t in (one, returned("ls"))]) == {
        11: "stop"
    }


def test_a_try_that_comes_nearer_begins_the_count_anew() -> None:
    assert verdicts(TriesGuard(), [*[refused(2)] * 5, *[refused(1)] * 5, refused(3)]) == {
        11: "stop"
    }


def test_each_agent_has_guards_of_its_own() -> None:
    one, two = default_guards(), default_guards()
    assert [type(g) for g in one] == [RepeatGuard, CycleGuard, ProgressGuard]
    for guard in one:
        verdicts(guard, of(*["ls"] * 30))
    assert all(guard.after(returned("ls")) is None for guard in two)
