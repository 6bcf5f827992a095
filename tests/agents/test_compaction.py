"""Compaction: the context fits the window again, and what matters is still in it."""

import pytest

from agentcli.agents.compaction import compact
from agentcli.agents.conversation import Conversation
from agentcli.journal.events import Call, ModelReplied, ToolReturned, Usage

WINDOW = 4000


def count(text: str) -> int:
    return len(text) // 4


def reply(text: str = "") -> ModelReplied:
    return ModelReplied(
        step=1, model="m", text=text, finish_reason="stop", usage=Usage(), cost=None, seconds=0
    )


def talk_of(steps: int, output: str = "output " * 100, **arguments: str) -> Conversation:
    """A task and some steps of one call each; step n ran the command `step n`."""
    talk = Conversation()
    talk.add_system("SYSTEM")
    talk.add_user("TASK", keep=True)
    for n in range(steps):
        step(talk, f"step {n}", output, **arguments)
    return talk


def step(
    talk: Conversation, command: str, output: str, exit_code: int = 0, **arguments: str
) -> None:
    call = Call(id=command, name="bash", arguments={"command": command, **arguments})
    talk.add_reply(reply(), (call,))
    ok = exit_code == 0
    talk.add_result(ToolReturned(call=call, ok=ok, output=output, exit_code=exit_code))


def slip(talk: Conversation, path: str, output: str) -> None:
    """A call that could not be done."""
    call = Call(id=path, name="read", arguments={"path": path})
    talk.add_reply(reply(), (call,))
    talk.add_result(ToolReturned(call=call, ok=False, output=output))


def texts(talk: Conversation) -> list[str]:
    return [message.text for message in talk.messages]


def test_nothing_happens_while_there_is_room() -> None:
    talk = talk_of(3)
    before = list(talk.messages)
    assert compact(talk, count, WINDOW) is None
    assert talk.messages == before and talk.digest == []


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(talk_of(60), id="many steps"),
        pytest.param(talk_of(3, "word " * 4000), id="few steps with long outputs"),
        pytest.param(talk_of(6, "ok", content="x" * 8000), id="few steps with long calls"),
        pytest.param(talk_of(40, "x" * 3000), id="outputs of one long line"),
    ],
)
def test_afterwards_it_fits_the_window(talk: Conversation) -> None:
    before = talk.tokens(count)
    done = compact(talk, count, WINDOW)
    assert done is not None
    assert (done.tokens_before, done.tokens_after) == (before, talk.tokens(count))
    assert done.tokens_after <= WINDOW * 0.75
    assert texts(talk)[:2] == ["SYSTEM", "TASK"]
    assert talk.messages[-1].call_id == talk.messages[-2].calls[0].id


def test_the_last_failed_command_and_the_last_failed_call_stay_whole_though_they_are_old() -> None:
    talk = talk_of(2)
    step(talk, "old", "an earlier error " * 30, exit_code=2)
    step(talk, "pytest", "E   assert 1 == 2\n" * 30, exit_code=1)
    slip(talk, "a.py", "no such file " * 30)
    slip(talk, "b.py", "is a folder " * 30)
    for n in range(30):
        step(talk, f"look {n}", "nothing " * 50)
    assert compact(talk, count, WINDOW) is not None
    whole = "".join(texts(talk))
    assert (whole.count("assert 1 == 2"), whole.count("is a folder")) == (30, 30)
    assert "an earlier error" not in whole and "no such file" not in whole


def test_output_that_only_speaks_of_failure_is_none() -> None:
    talk = talk_of(0)
    step(talk, "pytest", "E   assert 1 == 2\n" * 30, exit_code=1)
    for n in range(30):
        step(talk, f"look {n}", "0 failed, no error, [no output, exit code 0] " * 10)
    compact(talk, count, WINDOW)
    assert sum("assert 1 == 2" in text for text in texts(talk)) == 1


def test_old_outputs_are_cut_before_any_step_is_dropped() -> None:
    talk = talk_of(20, "line of output\n" * 60)
    done = compact(talk, count, WINDOW, aim_at=0.75)
    assert done is not None and done.dropped == 0
    assert "left out" in texts(talk)[3] and "left out" not in texts(talk)[-1]


def test_each_call_is_left_with_its_result() -> None:
    talk = talk_of(50)
    compact(talk, count, WINDOW)
    asked = [call.id for message in talk.messages for call in message.calls]
    answered = [message.call_id for message in talk.messages if message.role == "tool"]
    assert asked == answered


def test_the_digest_has_a_line_for_each_dropped_call_with_its_own_result() -> None:
    talk = talk_of(0)
    calls = tuple(Call(id=f"c{n}", name="read", arguments={"path": f"f{n}"}) for n in range(2))
    talk.add_reply(reply(), calls)
    for call in calls:
        text = f"text of {call.id}\nmore"
        talk.add_result(ToolReturned(call=call, ok=True, output=text))
    for n in range(30):
        step(talk, f"step {n}", "output " * 100)
    done = compact(talk, count, WINDOW)
    assert done is not None and done.dropped > 3
    assert talk.digest[:2] == ["- read f0 → text of c0", "- read f1 → text of c1"]
    assert talk.digest[2].startswith("- bash step 0 → output output")


def test_the_summary_stands_after_the_task_once_and_stays() -> None:
    talk = talk_of(30)
    talk.set_summary("FIRST")
    talk.set_summary("SECOND")
    assert texts(talk)[:3] == ["SYSTEM", "TASK", "SECOND"] and "FIRST" not in texts(talk)
    compact(talk, count, WINDOW)
    assert texts(talk)[:3] == ["SYSTEM", "TASK", "SECOND"]


def test_a_fresh_try_forgets_all_but_the_system_prompt() -> None:
    talk = talk_of(3)
    talk.digest.append("- something")
    talk.restart()
    assert texts(talk) == ["SYSTEM"] and talk.digest == []
