"""Any provider's model, asked through litellm: streamed, timed, priced, retried."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from agentcli.errors import ModelFault
from agentcli.journal.events import ModelReplied, ModelRetried, Usage
from agentcli.journal.redact import Redactor
from agentcli.models.base import ModelRequest, OnText
from agentcli.models.conversation import to_wire, tools_to_wire
from agentcli.models.endpoint import (
    DEFAULT_CONTEXT,
    Endpoint,
    known_models,
    price_entry,
    resolve,
)
from agentcli.models.faults import CutStream, Failure, Silence, classify, explain
from agentcli.models.lazy import load, loaded
from agentcli.models.pieces import StreamError, pieces
from agentcli.models.pricing import cost, is_priced
from agentcli.models.retry import RetryPolicy
from agentcli.models.serving import served
from agentcli.models.streaming import REPEATS, Collected, usage_of
from agentcli.models.tokens import estimate_tokens

OnRetry = Callable[[ModelRetried], None]


@dataclass(frozen=True)
class Target:
    """A model by the name a person gives it, and where it is served if not at its provider.

    `context` (tokens) is its window where that is known better than litellm's map knows it;
    `max_output` (tokens) bounds every reply.
    """

    name: str
    api_base: str | None = None
    context: int | None = None
    max_output: int | None = None


@dataclass(frozen=True)
class Timeouts:
    """In seconds: for the whole call, and for silence after the first piece has come."""

    call: float = 300.0
    silence: float = 90.0


@dataclass(frozen=True)
class Options:
    """How a model is asked. `rest`: seconds that a failed model is left alone for its fallback."""

    temperature: float | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    rest: float = 120.0


def _ignore(_: ModelRetried) -> None:
    return None


class LitellmModel:
    """A model and, when it keeps failing, its fallback."""

    def __init__(
        self,
        target: Target,
        fallback: Target | None = None,
        options: Options | None = None,
        on_retry: OnRetry = _ignore,
    ) -> None:
        self.name = target.name
        self._targets = (target,) if fallback is None else (target, fallback)
        self._options = options or Options()
        self._on_retry = on_retry
        self._redactor = Redactor()
        self._endpoints: dict[Target, Endpoint] = {}
        self._resting_until = 0.0  # monotonic; till then the fallback is asked first

    @property
    def context_tokens(self) -> int:
        """The smallest window of the models that may be asked, in tokens."""
        return min(self._window(target) for target in self._targets)

    @property
    def priced(self) -> bool:
        """Whether each model that may be asked has a known price."""
        return all(is_priced(load(), self._endpoint(target)) for target in self._targets)

    @property
    def native_tools(self) -> bool | None:
        """Whether litellm's map says that the model takes native tool calls; None: not known."""
        entry = price_entry(load(), self._endpoint(self._targets[0]))
        return None if entry is None else bool(entry.get("supports_function_calling"))

    def count_tokens(self, text: str) -> int:
        """An estimate, within about 20 %."""
        return estimate_tokens(text)

    async def reply(self, request: ModelRequest, on_text: OnText | None = None) -> ModelReplied:
        """Ask once, with retries, then the fallback. Raises ModelFault with the way to mend it.

        Raises ContextOverflow (a ModelFault) when the conversation doesn't fit the window.
        """
        litellm = await loaded()
        attempts = 0
        targets = self._targets
        if len(targets) > 1 and time.monotonic() < self._resting_until:
            targets = targets[1:]
        for target, successor in zip(targets, (*targets[1:], None), strict=True):
            endpoint = self._endpoint(target)
            failures = 0
            while True:
                attempts += 1
                try:
                    limit = self._output_limit(target, request)
                    return await self._ask(litellm, endpoint, request, limit, on_text, attempts)
                except _expected(litellm) as error:
                    failure = classify(error, self._redactor)
                failures += 1
                wait = self._options.retry.wait(failures, failure)
                if wait is None:
                    break
                self._tell(endpoint, failure, wait, endpoint.name)
                await self._options.retry.sleep(wait)
            if successor is None or not (failure.heals or failure.kind == "quota"):
                raise await self._fault(litellm, endpoint, failure, failures)
            self._resting_until = time.monotonic() + self._options.rest
            self._tell(endpoint, failure, 0.0, successor.name)
        raise AssertionError("a model has at least one target")

    async def _ask(
        self,
        litellm: Any,
        endpoint: Endpoint,
        request: ModelRequest,
        output_limit: int | None,
        on_text: OnText | None,
        attempts: int,
    ) -> ModelReplied:
        timeouts = self._options.timeouts
        started = time.monotonic()
        collected = Collected(started)
        stream: Any = None
        stuck = False
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeouts.call
        try:
            async with asyncio.timeout_at(deadline) as limit:
                stream = await litellm.acompletion(
                    **self._parameters(endpoint, request, output_limit)
                )
                chunks = (
                    pieces(stream.completion_stream.response) if endpoint.compatible else stream
                )
                async for chunk in chunks:
                    collected.add(chunk, on_text)
                    if stuck := collected.stuck:
                        break
                    if collected.first_token is not None:
                        limit.reschedule(min(deadline, loop.time() + timeouts.silence))
        except TimeoutError as error:
            silent = collected.first_token is not None and loop.time() < deadline
            what = "the stream was silent" if silent else "no complete reply"
            raise Silence(what, timeouts.silence if silent else timeouts.call) from error
        finally:
            if stream is not None:
                await stream.aclose()
        if stuck:
            collected.finish_reason = REPEATS
        elif not endpoint.compatible:
            collected.correct(stream)
        if collected.finish_reason is None:
            raise CutStream("it ended without a finish reason")
        return self._replied(litellm, endpoint, request, collected, attempts)

    def _endpoint(self, target: Target) -> Endpoint:
        if target not in self._endpoints:
            self._endpoints[target] = resolve(load(), target.name, target.api_base, target.context)
        return self._endpoints[target]

    def _parameters(
        self, endpoint: Endpoint, request: ModelRequest, output_limit: int | None
    ) -> dict[str, Any]:
        messages = to_wire(request.messages, cache_marks=endpoint.anthropic_like)
        body: dict[str, Any] = {"messages": messages}
        if request.tools:
            body["tools"] = tools_to_wire(request.tools)
        if endpoint.compatible:
            # OpenAI's client walks all parameters by their type hints, 0.13 ms for each message;
            # what comes as extra body goes as it is.
            body = {"messages": messages[-1:], "extra_body": body}
        chosen = {
            "temperature": self._options.temperature,
            "seed": request.seed,
            "max_tokens": output_limit,
            "stop": list(request.stop) or None,
            "api_base": endpoint.api_base,
            "api_key": endpoint.api_key,
        }
        return {
            "model": endpoint.model,
            "stream": True,
            "stream_options": {"include_usage": True},
            "timeout": self._options.timeouts.call,
            "max_retries": 0,
            "drop_params": True,
            **body,
            **{key: value for key, value in chosen.items() if value is not None},
            **request.extra,
        }

    def _replied(
        self,
        litellm: Any,
        endpoint: Endpoint,
        request: ModelRequest,
        collected: Collected,
        attempts: int,
    ) -> ModelReplied:
        calls, broken = collected.calls(f"s{request.step}")
        usage, written = usage_of(collected.counts) or (_estimate(request, collected), 0)
        return ModelReplied(
            step=request.step,
            model=endpoint.name,
            text=collected.text,
            calls=calls,
            finish_reason=collected.finish_reason,
            usage=usage,
            cost=cost(litellm, endpoint, usage, written),
            seconds=time.monotonic() - collected.started,
            first_token=collected.first_token,
            attempts=attempts,
            thinking=collected.thinking,
            broken=broken,
        )

    def _output_limit(self, target: Target, request: ModelRequest) -> int | None:
        """The tightest bound in tokens, or None where the window itself is the tightest.

        Providers refuse a bound beyond what the model can write, so such a one isn't sent.
        """
        entry = price_entry(load(), self._endpoint(target)) or {}
        bounds = [request.max_output_tokens, target.max_output]
        wanted = min((bound for bound in bounds if bound is not None), default=None)
        if wanted is None:
            return None
        given = sum(estimate_tokens(message.text) for message in request.messages)
        possible = entry.get("max_output_tokens") or self._window(target) - 1.2 * given
        return wanted if wanted < possible else None

    def _tell(self, endpoint: Endpoint, failure: Failure, wait: float, following: str) -> None:
        self._on_retry(
            ModelRetried(model=endpoint.name, error=failure.line, wait=wait, next_model=following)
        )

    async def _fault(
        self, litellm: Any, endpoint: Endpoint, failure: Failure, tries: int
    ) -> ModelFault:
        known: Sequence[str] = ()
        if failure.kind == "model":
            known = (
                [model.name for model in await served(endpoint.api_base) or ()]
                if endpoint.api_base
                else known_models(litellm, endpoint.provider)
            )
        return explain(failure, endpoint, known, tries)

    def _window(self, target: Target) -> int:
        if target.context is not None:
            return target.context
        entry = price_entry(load(), self._endpoint(target)) or {}
        window = entry.get("max_input_tokens") or entry.get("max_tokens")
        return int(window) if window else DEFAULT_CONTEXT


async def close_connections() -> None:
    """Close the HTTP connections that litellm keeps. Call it before the event loop ends."""
    litellm = load()
    await litellm.close_litellm_async_clients()


@dataclass
class Connections:
    """litellm keeps its connections for the whole process, so who uses them is counted for it."""

    users: int = 0

    @asynccontextmanager
    async def used(self) -> AsyncIterator[None]:
        """While the block lasts they stay open; the last of several runs closes them."""
        self.users += 1
        try:
            yield
        finally:
            self.users -= 1
            if not self.users:
                await close_connections()


connections = Connections()


def _expected(litellm: Any) -> tuple[type[Exception], ...]:
    """What a failing provider raises; anything else is our own mistake and passes through."""
    exceptions = litellm.exceptions
    return (
        exceptions.openai.OpenAIError,
        exceptions.httpx.HTTPError,
        StreamError,
        CutStream,
        Silence,
        OSError,
    )


def _estimate(request: ModelRequest, collected: Collected) -> Usage:
    given = sum(estimate_tokens(message.text) for message in request.messages)
    made = estimate_tokens(collected.text) + estimate_tokens(collected.thinking)
    return Usage(input=given, output=made, estimated=True)
