"""Guards, budget, compaction, scopes: small classes around the loop."""

import pytest

from agentcli.agents.budget import Budget, Caps
from agentcli.agents.clip import clip
from agentcli.agents.compaction import compact
from agentcli.agents.conversation import Conversation
from agentcli.agents.failures import count_failures
from agentcli.agents.guards import CycleGuard, Guard, ProgressGuard, RepeatGuard
from agentcli.agents.scope import outside
from agentcli.delegation.repeats import repeats
from agentcli.errors import LimitReached
from agentcli.journal.events import Call, ModelReplied, ToolReturned, Usage


def returned(command: str, output: str = "same") -> ToolReturned:
    call = Call(id="c", name="bash", arguments={"command": command})
    return ToolReturned(call=call, ok=True, output=output)


def reply(tokens: int = 10, cost: float | None = 0.5) -> ModelReplied:
    return ModelReplied(
        step=1,
        model="m",
        text="",
        finish_reason="stop",
        usage=Usage(input=tokens),
        cost=cost,
        seconds=1,
    )


@pytest.mark.parametrize(
    ("guard", "commands"),
    [
        (RepeatGuard(), ["ls"] * 6),
        (CycleGuard(), ["a", "b"] * 6),
        (ProgressGuard(), ["a", "b", "c"] * 8),
    ],
)
def test_going_in_circles_is_told_first_and_stopped_later(
    guard: Guard, commands: list[str]
) -> None:
    findings = [f for f in (guard.after(returned(command)) for command in commands) if f]
    assert not findings[0].stop and findings[-1].stop


@pytest.mark.parametrize("guard", [RepeatGuard(), CycleGuard(), ProgressGuard()])
def test_new_results_are_no_circle(guard: Guard) -> None:
    assert all(guard.after(returned("pytest", f"line {n}")) is None for n in range(40))


def test_a_test_run_that_only_took_another_time_is_a_repeat() -> None:
    guard = RepeatGuard()
    assert any(guard.after(returned("pytest", f"1 failed in 0.{n}s")) for n in range(3))


@pytest.mark.parametrize(
    ("caps", "limit"),
    [
        (Caps(max_steps=2), "max_steps"),
        (Caps(max_tokens=20), "max_tokens"),
        (Caps(max_cost=1.0), "max_cost"),
    ],
)
def test_a_slice_counts_against_the_whole(caps: Caps, limit: str) -> None:
    whole = Budget(caps)
    child = whole.slice("1.1", Caps(max_steps=50))
    child.check_call()
    child.spend(reply())
    child.spend(reply())
    with pytest.raises(LimitReached) as reached:
        child.check_call()
    assert (reached.value.limit, reached.value.scope) == (limit, "run")


def test_an_agents_own_limit_is_its_own() -> None:
    child = Budget(Caps(max_steps=50)).slice("1.1", Caps(max_steps=1))
    child.spend(reply())
    with pytest.raises(LimitReached) as reached:
        child.check_call()
    assert reached.value.scope == "1.1"


def test_compaction_keeps_the_task_the_last_steps_and_the_last_failure() -> None:
    talk = Conversation()
    talk.add_system("SYSTEM")
    talk.add_user("TASK", keep=True)
    for n in range(30):
        call = Call(id=f"c{n}", name="bash", arguments={"command": f"step {n}"})
        talk.add_reply(reply(), (call,))
        failure = "[exit code 1] THE FAILURE" if n == 5 else f"output {n} " * 100
        talk.add_result(ToolReturned(call=call, ok=n != 5, output=failure))
    done = compact(talk, lambda text: len(text) // 4, 4000)
    assert done is not None and done.tokens_after <= 2000 < done.tokens_before
    kept = "\n".join(message.text for message in talk.messages)
    assert all(word in kept for word in ("SYSTEM", "TASK", "THE FAILURE", "output 29"))
    assert "bash step 0" in "\n".join(talk.digest)
    assert compact(talk, lambda text: len(text) // 4, 4000) is None


def test_a_scope_covers_paths_folders_and_globs() -> None:
    scope = ["src", "docs/**/*.md", "setup.py"]
    covered = ["src/a/b.py", "docs/x/y.md", "docs/y.md", "setup.py"]
    assert outside(scope, [*covered, "srcs/a.py", "docs/a.txt"]) == ["srcs/a.py", "docs/a.txt"]
    assert outside([], ["anything"]) == []


def test_a_goal_in_other_words_order_is_still_the_same_goal() -> None:
    assert repeats("Mend the parser, please!", ["please mend the PARSER"])
    assert not repeats("Mend the lexer of the parser", ["Mend the parser and write its manual"])


@pytest.mark.parametrize(
    ("output", "failures"),
    [
        ("FAILED (failures=2, errors=1)", 3),
        ("=== 3 failed, 4 passed in 0.1s ===", 3),
        ("--- FAIL: TestA\n--- FAIL: TestB\nFAIL", 2),
        ("OK", None),
    ],
)
def test_failing_tests_are_counted_where_the_output_says_so(
    output: str, failures: int | None
) -> None:
    assert count_failures(output) == failures


def test_long_text_keeps_head_and_tail_and_says_what_is_missing() -> None:
    text = "\n".join(f"line {n}" for n in range(1000))
    short = clip(text, 600)
    assert short.startswith("line 0\n") and short.endswith("line 999")
    assert "left out" in short and len(short) < 800
