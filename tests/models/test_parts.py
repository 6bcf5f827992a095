"""The small parts below the client: conversation, prices, tokens, waits, the recording."""

import gc
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from agentcli.errors import ResumeDiverged
from agentcli.journal.events import Call, ModelReplied, Usage
from agentcli.models.arguments import read_arguments
from agentcli.models.base import Message, ModelRequest
from agentcli.models.conversation import to_wire
from agentcli.models.endpoint import resolve
from agentcli.models.faults import Failure
from agentcli.models.lazy import load, warm_up
from agentcli.models.pricing import cost
from agentcli.models.recorded import RecordedModel
from agentcli.models.retry import RetryPolicy
from agentcli.models.tokens import estimate_tokens

pytestmark = pytest.mark.xdist_group("litellm")
relaxed = settings(deadline=None)
LS = Call(id="c1", name="bash", arguments={"command": "ls"})


def roles(wire: list[dict[str, Any]]) -> list[str]:
    return [message["role"] for message in wire]


def test_neighbours_of_a_role_are_merged() -> None:
    wire = to_wire([Message("user", "a"), Message("user", "b"), Message("assistant", "c")])
    assert [(m["role"], m["content"]) for m in wire] == [("user", "a\n\nb"), ("assistant", "c")]


def test_a_result_follows_its_call() -> None:
    wire = to_wire([Message("assistant", "", (LS,)), Message("tool", "a.py", call_id="c1")])
    assert wire[0]["tool_calls"][0]["function"] == {
        "name": "bash",
        "arguments": '{"command": "ls"}',
    }
    assert wire[1] == {"role": "tool", "tool_call_id": "c1", "content": "a.py"}


def test_a_result_without_its_call_speaks_as_user() -> None:
    wire = to_wire([Message("user", "go"), Message("tool", "a.py", call_id="gone")])
    assert roles(wire) == ["user"]
    assert "a.py" in wire[0]["content"]


def test_a_call_without_its_result_gets_one() -> None:
    wire = to_wire([Message("assistant", "", (LS,)), Message("user", "well?")])
    assert roles(wire) == ["assistant", "tool", "user"]


def test_a_late_system_message_speaks_as_user() -> None:
    wire = to_wire([Message("system", "s"), Message("assistant", "a"), Message("system", "t")])
    assert roles(wire) == ["system", "assistant", "user"]


messages = st.lists(
    st.one_of(
        st.builds(Message, st.sampled_from(["system", "user", "assistant"]), st.text(max_size=5)),
        st.builds(lambda text: Message("assistant", text, (LS,)), st.text(max_size=5)),
        st.builds(
            lambda text, of: Message("tool", text, call_id=of),
            st.text(max_size=5),
            st.sampled_from(["c1", "c2"]),
        ),
    ),
    max_size=12,
)


@given(messages)
@relaxed
def test_every_conversation_comes_out_well_formed(conversation: list[Message]) -> None:
    wire = to_wire(conversation)
    owed: list[str] = []
    for message in wire:
        if message["role"] == "tool":
            owed.remove(message["tool_call_id"])
        else:
            assert owed == []
            owed = [call["id"] for call in message.get("tool_calls", ())]
        assert message["content"] or message.get("tool_calls")
    assert owed == []
    for before, after in pairwise(wire):
        if before["role"] == after["role"] != "tool":
            assert before.get("tool_calls") or after.get("tool_calls")


def test_cache_marks_stand_at_the_ends_of_what_stays() -> None:
    wire = to_wire(
        [
            Message("system", "s"),
            Message("user", "first"),
            Message("assistant", "", (LS,)),
            Message("tool", "a.py", call_id="c1"),
            Message("assistant", "ok"),
            Message("user", "last"),
        ],
        cache_marks=True,
    )
    marked = [isinstance(m["content"], list) for m in wire]
    assert marked == [True, False, False, True, False, True]
    body = (
        load()
        .AnthropicConfig()
        .transform_request(
            model="claude-sonnet-4-5",
            messages=wire,
            optional_params={"max_tokens": 10, "tools": []},
            litellm_params={},
            headers={},
        )
    )
    assert str(body).count("'cache_control': {'type': 'ephemeral'}") == 3


# ---- arguments ------------------------------------------------------------------------------


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.booleans())))
@relaxed
def test_valid_json_is_read_as_it_is(arguments: dict[str, Any]) -> None:
    import json

    assert read_arguments(json.dumps(arguments)) == arguments


@given(st.text())
@relaxed
def test_no_text_breaks_the_reading_of_arguments(text: str) -> None:
    assert isinstance(read_arguments(text), dict | None)


# ---- prices ---------------------------------------------------------------------------------


def test_cached_and_written_tokens_have_their_own_price() -> None:
    endpoint = resolve(load(), "claude-sonnet-4-5", None)
    usage = Usage(input=100_000, output=1000, cached=80_000)
    expected = 10_000 * 3e-6 + 80_000 * 0.3e-6 + 10_000 * 3.75e-6 + 1000 * 15e-6
    assert cost(load(), endpoint, usage, written=10_000) == pytest.approx(expected)


def test_a_long_input_pays_the_price_of_its_tier() -> None:
    endpoint = resolve(load(), "gemini/gemini-2.5-pro", None)
    assert cost(load(), endpoint, Usage(input=300_000)) == pytest.approx(300_000 * 2.5e-6)


def test_the_import_leaves_the_collector_on_and_spares_it_what_was_made() -> None:
    load()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000


def test_after_the_import_classes_are_built_at_once_again() -> None:
    load()

    class Later(BaseModel):
        x: int

    assert "defer_build" not in Later.model_config
    assert "defer_build" in load().ModelResponse.model_config


def test_our_price_agrees_with_litellms_own() -> None:
    endpoint = resolve(load(), "gpt-5.2", None)
    theirs = sum(
        load().cost_per_token(
            model="gpt-5.2",
            prompt_tokens=1000,
            completion_tokens=100,
            cache_read_input_tokens=400,
        )
    )
    assert cost(load(), endpoint, Usage(input=1000, output=100, cached=400)) == pytest.approx(
        theirs
    )


def test_an_unknown_price_is_unknown() -> None:
    assert cost(load(), resolve(load(), "openrouter/no/such", None), Usage(input=1)) is None


# ---- the rest -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "The planner writes a plan, and coders work in parallel on their own clones. " * 5,
        "def total(self, prices: list[float]) -> float:\n    return sum(prices) - self.rate\n" * 8,
        '{"name": "read", "arguments": {"path": "src/a.py", "start": 10}}\n' * 6,
    ],
    ids=["prose", "code", "json"],
)
def test_estimated_tokens_are_near_a_real_tokenizers(text: str) -> None:
    warm_up().join()
    real = len(load().encoding.encode(text))
    assert estimate_tokens(text) == pytest.approx(real, rel=0.2)


@given(st.integers(1, 9), st.floats(0, 1))
@relaxed
def test_waits_lie_between_nothing_and_the_cap(failures: int, drawn: float) -> None:
    policy = RetryPolicy(retries=9, base=1, cap=30, draw=lambda: drawn)
    wait = policy.wait(failures, Failure("server", 500, ""))
    assert wait is not None and 0 <= wait <= min(30, 2 ** (failures - 1))


def recorded(text: str) -> ModelReplied:
    return ModelReplied(
        step=1, model="m", text=text, finish_reason="stop", usage=Usage(), cost=0.1, seconds=1.0
    )


async def test_a_recording_says_the_same_again_and_then_says_that_it_is_over() -> None:
    model = RecordedModel("m", [recorded("one"), recorded("two")])
    pieces: list[str] = []
    request = ModelRequest([], step=3)
    assert [(await model.reply(request, pieces.append)).text for _ in range(2)] == ["one", "two"]
    assert pieces == ["one", "two"]
    with pytest.raises(ResumeDiverged, match=r"ends after 2 replies.*step 3"):
        await model.reply(request)
