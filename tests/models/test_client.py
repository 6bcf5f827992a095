"""Asking a model, over real HTTP through litellm, and everything that can go wrong on the way."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate

import pytest

from agentcli.errors import ModelFault
from agentcli.journal.events import Call, ModelReplied, ModelRetried
from agentcli.models.base import Message, ModelRequest, ToolSpec
from agentcli.models.client import LitellmModel, Options, Target, Timeouts, close_connections
from agentcli.models.faults import ContextOverflow
from agentcli.models.retry import RetryPolicy
from agentcli.models.streaming import REPEATS
from tests.support.scripted_server import Answer, Fault, ScriptedServer, Turn

pytestmark = pytest.mark.xdist_group("litellm")  # its import costs a second per worker
HELLO = ModelRequest([Message("system", "Be brief."), Message("user", "Hello?")], step=1)
SECRET = "sk-abcdefghijklmnopqrstuvwxyz0123456789"
READ = ToolSpec(
    "read", "Read a file", {"type": "object", "properties": {"path": {"type": "string"}}}
)


@dataclass
class Asked:
    """A model on a scripted server, what it retried and how long it meant to wait."""

    server: ScriptedServer
    retried: list[ModelRetried] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def model(
        self,
        retries: int = 2,
        timeouts: Timeouts | None = None,
        fallback: Target | None = None,
        name: str = "scripted",
        **options: float,
    ) -> LitellmModel:
        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)

        policy = RetryPolicy(retries=retries, base=1, cap=3, draw=lambda: 1.0, sleep=sleep)
        return LitellmModel(
            Target(name, self.server.base),
            fallback,
            Options(timeouts=timeouts or Timeouts(5, 5), retry=policy, **options),
            self.retried.append,
        )


@pytest.fixture
def scripted(request: pytest.FixtureRequest) -> Callable[..., Asked]:
    def start(*answers: Answer, **options: object) -> Asked:
        server = ScriptedServer(answers, **options)  # type: ignore[arg-type]
        request.addfinalizer(server.close)
        return Asked(server)

    return start


@pytest.fixture(autouse=True)
async def _connections_closed():
    yield
    await close_connections()


Start = Callable[..., Asked]


@pytest.fixture(params=["scripted", "groq/scripted"], ids=["server", "provider"])
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server of one's own, whose chunks are read as they are, and a provider by litellm's."""
    monkeypatch.setenv("GROQ_API_KEY", "none")
    return str(request.param)


async def test_a_reply_is_streamed_counted_and_timed(scripted: Start, name: str) -> None:
    asked = scripted(Turn("Good morning to you.", usage=(120, 7, 100), chunk=5, thinking="Hm."))
    pieces: list[str] = []
    reply = await asked.model(name=name).reply(HELLO, pieces.append)
    assert reply.text == "".join(pieces) == "Good morning to you."
    assert len(pieces) == 4
    assert reply.thinking == "Hm."
    assert (reply.usage.input, reply.usage.output, reply.usage.cached) == (120, 7, 100)
    assert not reply.usage.estimated
    assert reply.first_token is not None and 0 < reply.first_token <= reply.seconds < 5
    assert (reply.step, reply.attempts, reply.finish_reason) == (1, 1, "stop")
    assert reply.cost == 0.0  # served by this machine


async def test_the_request_holds_what_was_asked(scripted: Start) -> None:
    asked = scripted(Turn("Yes."))
    request = ModelRequest(HELLO.messages, [READ], stop=["END"], seed=7, max_output_tokens=50)
    await asked.model(temperature=0.5).reply(request)
    sent = asked.server.chats[0].body
    assert [m["role"] for m in sent["messages"]] == ["system", "user"]
    assert sent["tools"][0]["function"]["name"] == "read"
    assert (sent["stop"], sent["seed"], sent["max_tokens"]) == (["END"], 7, 50)
    assert sent["temperature"] == 0.5
    assert sent["model"] == "scripted"


async def test_a_bound_wider_than_the_window_is_not_sent(scripted: Start) -> None:
    asked = scripted(Turn("Yes."))
    await asked.model().reply(ModelRequest(HELLO.messages, max_output_tokens=5_000_000))
    assert "max_tokens" not in asked.server.chats[0].body


async def test_native_calls_are_collected(scripted: Start, name: str) -> None:
    turn = Turn("Looking.", calls=[("read", {"path": "a.py"}), ("read", {"path": "b.py"})])
    reply = await scripted(turn).model(name=name).reply(HELLO)
    assert [call.arguments["path"] for call in reply.calls] == ["a.py", "b.py"]
    assert len({call.id for call in reply.calls}) == 2
    assert (reply.finish_reason, reply.broken) == ("tool_calls", None)


@pytest.mark.parametrize(
    "arguments",
    ['{"path": "a\nb",}', "{'path': 'a\\nb'}", '{"path": "a\\nb"', '"{\\"path\\": \\"a\\\\nb\\"}"'],
    ids=["line break and comma", "single quotes", "missing brace", "encoded twice"],
)
async def test_almost_json_arguments_are_mended(scripted: Start, arguments: str) -> None:
    reply = await scripted(Turn(calls=[("read", arguments)])).model().reply(HELLO)
    assert reply.calls == (Call(id="call_0", name="read", arguments={"path": "a\nb"}),)


async def test_arguments_cut_in_a_string_are_shown_as_broken(scripted: Start) -> None:
    reply = await scripted(Turn(calls=[("bash", '{"command": "rm -rf bui')])).model().reply(HELLO)
    assert reply.calls == ()
    assert reply.broken == 'bash({"command": "rm -rf bui)'


async def test_without_a_count_tokens_are_estimated_and_flagged(scripted: Start, name: str) -> None:
    reply = await scripted(Turn("word " * 100, usage=None)).model(name=name).reply(HELLO)
    assert reply.usage.estimated
    assert 80 <= reply.usage.output <= 120


async def test_an_empty_reply_is_a_reply(scripted: Start, name: str) -> None:
    reply = await scripted(Turn("")).model(name=name).reply(HELLO)
    assert (reply.text, reply.calls, reply.finish_reason) == ("", (), "stop")


async def test_a_reply_that_repeats_itself_is_broken_off(scripted: Start, name: str) -> None:
    sentence = "The function must be changed so that it returns the sum of all. "
    asked = scripted(Turn("Let me see. " + sentence * 2000, chunk=8))
    reply = await asked.model(name=name).reply(HELLO)
    assert (reply.finish_reason, reply.attempts) == (REPEATS, 1)
    assert len(reply.text) < 1000
    assert reply.usage.estimated and reply.usage.output > 100
    assert asked.retried == []


async def test_breaking_off_ends_the_servers_work(scripted: Start) -> None:
    asked = scripted(Turn("and so it goes on " * 400, chunk=18, pause=0.005), Turn("Next."))
    model = asked.model()
    await model.reply(HELLO)
    assert (await model.reply(HELLO)).text == "Next."  # the next call doesn't wait for the rest
    for _ in range(100):
        if asked.server.broken_pipes:
            break
        await asyncio.sleep(0.02)
    assert asked.server.broken_pipes == 1
    assert not asked.server.chats[0].finished


async def test_thinking_in_circles_is_broken_off(scripted: Start) -> None:
    thinking = "Wait, maybe the index is off by one. " * 100
    reply = await scripted(Turn("Here.", thinking=thinking)).model().reply(HELLO)
    assert reply.finish_reason == REPEATS


async def test_a_ruler_is_no_loop(scripted: Start, name: str) -> None:
    reply = await scripted(Turn("-" * 4000, chunk=60)).model(name=name).reply(HELLO)
    assert (reply.text, reply.finish_reason) == ("-" * 4000, "stop")


# ---- what can heal ----------------------------------------------------------------------------

HEALING = [
    (Fault(status=500), "server error 500"),
    (Fault(status=503, body="<html>secret</html>"), "server error 503"),
    (Fault(status=429), "rate limit 429"),
    (Fault("reset"), "no connection"),
    (Fault("reset", after=3), "stream cut off"),
    (Fault("cut", after=3), "stream cut off"),
]


@pytest.mark.parametrize(("fault", "told"), HEALING, ids=[told for _, told in HEALING])
async def test_what_can_heal_is_tried_again(scripted: Start, fault: Fault, told: str) -> None:
    asked = scripted(fault, fault, Turn("Here."))
    reply = await asked.model().reply(HELLO)
    assert (reply.text, reply.attempts) == ("Here.", 3)
    assert asked.waits == [1, 2]  # base, doubled; the draw is pinned at the top of the jitter
    assert [r.wait for r in asked.retried] == [1, 2]
    assert all(r.error.startswith(told) for r in asked.retried)
    assert len(asked.server.chats) == 3


async def test_a_made_up_finish_reason_is_not_believed(scripted: Start, name: str) -> None:
    asked = scripted(Fault("cut", after=3), Turn("Here."))
    reply = await asked.model(name=name).reply(HELLO)
    assert (reply.text, reply.attempts) == ("Here.", 2)
    assert asked.retried[0].error.startswith("stream cut off")


async def test_an_error_inside_a_stream_is_tried_again() -> None:
    answers = iter(
        [
            'data: {"error": {"message": "slot lost", "code": 500}}\n\n',
            'data: {"choices": [{"index": 0, "delta": {"content": "Here."}, "finish_reason": "stop"'
            "}]}\n\ndata: [DONE]\n\n",
        ]
    )

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        writer.write((head + next(answers)).encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        retried: list[ModelRetried] = []
        policy = RetryPolicy(retries=1, base=0)
        model = LitellmModel(
            Target("x", f"http://127.0.0.1:{port}/v1"), None, Options(retry=policy), retried.append
        )
        assert (await model.reply(HELLO)).text == "Here."
    assert retried[0].error == "server error: slot lost"


async def test_it_gives_up_after_the_last_retry_and_waits_no_longer_than_the_cap(
    scripted: Start,
) -> None:
    asked = scripted(Fault(), loop=True)
    with pytest.raises(ModelFault, match=r"failed 5 times.*500.*--fallback-model"):
        await asked.model(retries=4).reply(HELLO)
    assert asked.waits == [1, 2, 3, 3]
    assert len(asked.server.chats) == 5


async def test_retry_after_wins_unless_it_is_too_long(scripted: Start) -> None:
    asked = scripted(Fault(status=429, headers={"Retry-After": "7"}), Turn("Here."))
    await asked.model().reply(HELLO)
    assert asked.waits == [7]
    asked = scripted(Fault(status=429, headers={"Retry-After": "3600"}), Turn("Here."))
    with pytest.raises(ModelFault, match="rate limit"):
        await asked.model().reply(HELLO)
    assert asked.waits == []


@pytest.mark.parametrize(("ahead", "wait"), [(60, 60), (-60, 0)])
async def test_retry_after_may_be_a_date(scripted: Start, ahead: int, wait: int) -> None:
    date = formatdate(time.time() + ahead, usegmt=True)
    asked = scripted(Fault(status=429, headers={"Retry-After": date}), Turn("Here."))
    await asked.model().reply(HELLO)
    assert asked.waits == [pytest.approx(wait, abs=10)]


@pytest.mark.parametrize("unreadable", ["soon", "Mon, 99 Foo 2026 99:00:00 GMT"])
async def test_an_unreadable_retry_after_leaves_our_own_wait(
    scripted: Start, unreadable: str
) -> None:
    asked = scripted(Fault(status=429, headers={"Retry-After": unreadable}), Turn("Here."))
    await asked.model().reply(HELLO)
    assert asked.waits == [1]


@pytest.mark.parametrize(
    ("fault", "told"), [(Fault("hang"), "no complete reply"), (Fault("hang", after=3), "silent")]
)
async def test_silence_is_cut_short(scripted: Start, name: str, fault: Fault, told: str) -> None:
    asked = scripted(fault, Turn("Here."))
    began = time.monotonic()
    reply = await asked.model(name=name, timeouts=Timeouts(call=0.6, silence=0.2)).reply(HELLO)
    assert reply.text == "Here."
    assert time.monotonic() - began < 2
    assert told in asked.retried[0].error


async def test_a_reply_that_never_ends_meets_the_time_out_of_the_call(
    scripted: Start, name: str
) -> None:
    asked = scripted(Turn("word " * 100, chunk=1, pause=0.05))
    with pytest.raises(ModelFault, match=r"no complete reply for 0\.4 s"):
        await asked.model(name=name, retries=0, timeouts=Timeouts(call=0.4, silence=5)).reply(HELLO)


async def test_cancelling_closes_the_stream(scripted: Start) -> None:
    asked = scripted(Turn("word " * 400, chunk=5, pause=0.02))
    started = asyncio.Event()
    task = asyncio.create_task(asked.model().reply(HELLO, lambda _: started.set()))
    await started.wait()
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.5
    for _ in range(100):
        if asked.server.broken_pipes:
            break
        await asyncio.sleep(0.02)
    assert asked.server.broken_pipes == 1  # the server saw its client go


# ---- the fallback -----------------------------------------------------------------------------


async def test_the_fallback_takes_over_with_its_own_retries_and_stays_for_a_while(
    scripted: Start,
) -> None:
    first = scripted(Fault(), loop=True)
    second = scripted(Fault(status=503), Turn("From the second."), Turn("Again."))
    model = first.model(retries=1, fallback=Target("other", second.server.base))
    reply = await model.reply(HELLO)
    assert (reply.text, reply.model, reply.attempts) == ("From the second.", "other", 4)
    assert [r.next_model for r in first.retried] == ["scripted", "other", "other"]
    assert (await model.reply(HELLO)).attempts == 1
    assert len(first.server.chats) == 2


async def test_the_first_model_is_asked_again_after_its_rest(scripted: Start) -> None:
    first, second = scripted(Fault(), Turn("Back.")), scripted(Turn("From the second."))
    model = first.model(retries=0, fallback=Target("other", second.server.base), rest=0.0)
    assert [(await model.reply(HELLO)).text for _ in range(2)] == ["From the second.", "Back."]


async def test_a_wrong_key_is_told_and_not_hidden_by_the_fallback(scripted: Start) -> None:
    first, second = scripted(Fault(status=401)), scripted(Turn("From the second."))
    with pytest.raises(ModelFault, match="refused the key"):
        await first.model(fallback=Target("other", second.server.base)).reply(HELLO)
    assert second.server.chats == []


# ---- what people are told ---------------------------------------------------------------------


async def told(model: LitellmModel) -> str:
    with pytest.raises(ModelFault) as raised:
        await model.reply(HELLO)
    text = str(raised.value)
    assert "\n" not in text
    assert SECRET not in text
    assert "Traceback" not in text and "litellm" not in text.lower()
    return text


async def test_a_wrong_key(scripted: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    asked = scripted(Turn("never"), api_key="another")
    text = await told(asked.model())
    assert asked.server.chats[0].headers["authorization"] == f"Bearer {SECRET}"
    assert "(401): Incorrect API key provided. Set OPENAI_API_KEY to a valid key." in text
    assert asked.waits == []


async def test_a_key_in_the_providers_message_stays_secret(scripted: Start) -> None:
    text = await told(scripted(Fault(status=401, message=f"bad key {SECRET}")).model())
    assert "[redacted]" in text


async def test_only_the_message_of_an_error_body_is_told(scripted: Start) -> None:
    body = (
        '{"error": {"message": "no such thing", "request": {"headers": "hush"}}, "trace": "hush"}'
    )
    text = await told(scripted(Fault(status=400, body=body)).model())
    assert "no such thing" in text
    assert "hush" not in text


async def test_a_wrong_model_name_of_a_server(scripted: Start) -> None:
    asked = scripted(Fault(status=404, message="model not found"), models=("qwen-coder", "phi"))
    text = await told(asked.model(name="qwen-codr"))
    assert "has no model 'qwen-codr' (404). Nearest known: qwen-coder." in text


async def test_a_wrong_model_name_of_a_provider() -> None:
    text = await told(LitellmModel(Target("claude-sonet-4-5")))
    assert "claude-sonnet-4-5" in text


async def test_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    text = await told(LitellmModel(Target("claude-sonnet-4-5")))
    assert text.startswith("No key for Anthropic") and "Set ANTHROPIC_API_KEY" in text


async def test_a_refused_connection(scripted: Start) -> None:
    asked = scripted()
    asked.server.close()
    text = await told(asked.model(retries=1))
    assert "can't be reached 2 times" in text
    assert "Connection refused" in text and "Is the server running?" in text


async def test_a_used_up_quota_is_not_retried(scripted: Start) -> None:
    asked = scripted(Fault(status=429, message="You exceeded your current quota"))
    assert "quota is used up" in await told(asked.model())
    assert asked.waits == []


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 8 tokens. However, you requested 9 tokens",
        "request (9 tokens) exceeds the available context size (8 tokens), try increasing it",
    ],
    ids=["OpenAI", "llama.cpp"],
)
async def test_an_overflow_is_its_own_fault(scripted: Start, message: str) -> None:
    with pytest.raises(ContextOverflow, match="too long for scripted"):
        await scripted(Fault(status=400, message=message)).model().reply(HELLO)


# ---- money and windows ------------------------------------------------------------------------


async def test_nothing_is_printed(scripted: Start, capfd: pytest.CaptureFixture[str]) -> None:
    asked = scripted(Fault(), Turn("Here.", calls=[("read", {})]), Fault("cut", after=2), Turn("x"))
    model = asked.model()
    await model.reply(HELLO)
    await model.reply(HELLO)
    assert capfd.readouterr() == ("", "")


def test_known_models_have_price_window_and_native_calls() -> None:
    model = LitellmModel(Target("claude-sonnet-4-5"))
    assert (model.priced, model.native_tools, model.context_tokens) == (True, True, 200_000)


def test_a_remote_server_of_ones_own_has_no_known_price_but_a_local_one_is_free() -> None:
    remote = LitellmModel(Target("gpt-5.2", "http://models.example.com/v1"))
    assert (remote.priced, remote.native_tools, remote.context_tokens) == (False, None, 32_768)
    assert LitellmModel(Target("any", "http://localhost:8080/v1")).priced


def test_the_window_is_that_of_the_narrowest_model_that_may_be_asked() -> None:
    target, fallback = Target("claude-sonnet-4-5"), Target("x", "http://localhost:1/v1", 9000)
    assert LitellmModel(target, fallback).context_tokens == 9000


async def test_many_calls_at_once(scripted: Start) -> None:
    asked = scripted(*[Turn(f"answer {n}", latency=0.05) for n in range(20)])
    model = asked.model()
    replies: list[ModelReplied] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(_collect(model, replies))
    assert {reply.text for reply in replies} == {f"answer {n}" for n in range(20)}


async def _collect(model: LitellmModel, into: list[ModelReplied]) -> None:
    into.append(await model.reply(HELLO))
