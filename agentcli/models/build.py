"""From settings to models that answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

from agentcli.errors import ModelFault
from agentcli.models.client import (
    LitellmModel,
    OnRetry,
    Options,
    Target,
    Timeouts,
    connections,
)
from agentcli.models.discover import discover
from agentcli.models.lazy import loaded
from agentcli.models.local import CONTEXT, MAX_OUTPUT, PREFIX, check_extra, model_file, serve
from agentcli.models.providers import BY_NAME
from agentcli.models.retry import RetryPolicy
from agentcli.models.serving import served, served_context
from agentcli.settings import Settings

Launch = Callable[[str, int], AbstractAsyncContextManager[str]]  # as `serve` does it


async def resolve_models(settings: Settings) -> Settings:
    """The same settings with a model: the one named, else one that is found.

    Raises ModelFault when there is none, UsageFault for a model file that can't be used.
    """
    if settings.model is None and settings.api_base is None:
        found = await discover()
        settings = settings.model_copy(update={"model": found.model, "api_base": found.api_base})
    elif settings.model is None:
        settings = settings.model_copy(update={"model": await _first_served(settings)})
    for name in (settings.model, settings.fallback_model):
        if name is not None and name.startswith(PREFIX):
            model_file(name)
            check_extra()
    return settings


@asynccontextmanager
async def open_models(
    settings: Settings, on_retry: OnRetry, launch: Launch = serve
) -> AsyncIterator["Models"]:
    """The models of a run; whatever they opened is closed with the block."""
    async with AsyncExitStack() as stack:
        yield Models(settings, on_retry, launch, stack)


class Models:
    """Each model is opened when it is first asked for, and once, however many roles it plays."""

    def __init__(
        self, settings: Settings, on_retry: OnRetry, launch: Launch, stack: AsyncExitStack
    ) -> None:
        self._settings = settings
        self._on_retry = on_retry
        self._launch = launch
        self._stack = stack
        self._models: dict[str, LitellmModel] = {}
        self._servers: dict[tuple[Path, int], str] = {}  # model file, context → base URL
        self._opening = asyncio.Lock()  # agents side by side must not open it twice

    async def playing(self, role: str, named: str | None = None) -> LitellmModel:
        """The model that plays a role (or the one that is named), with its fallback.

        Raises what `resolve_models` raises, and ModelFault for a model file that won't load.
        """
        async with self._opening:
            if not self._models:
                self._settings = await resolve_models(self._settings)
                await self._stack.enter_async_context(connections.used())
            name = named or model_name(self._settings, role)
            if name not in self._models:
                self._models[name] = await self._open(name)
            return self._models[name]

    async def _open(self, name: str) -> LitellmModel:
        settings = self._settings
        target = await self._target(name)
        fallback = None
        if settings.fallback_model is not None:
            fallback = await self._target(settings.fallback_model)
        options = Options(
            temperature=settings.temperature,
            timeouts=Timeouts(call=settings.model_timeout),
            retry=RetryPolicy(retries=settings.model_retries),
        )
        await loaded()
        return LitellmModel(target, fallback, options, self._on_retry)

    async def _target(self, name: str) -> Target:
        settings = self._settings
        if name.startswith(PREFIX):
            context = settings.context_tokens or CONTEXT
            return Target(name, await self._served(name, context), context, MAX_OUTPUT)
        # A name that says its provider is asked there, even when others are served elsewhere;
        # `openai/` is also litellm's word for any server that speaks OpenAI's language.
        provider = name.partition("/")[0]
        elsewhere = provider in BY_NAME and provider != "openai"
        base_of_name = None if elsewhere else settings.api_base
        context_of_name = settings.context_tokens
        if context_of_name is None and base_of_name is not None:
            context_of_name = await served_context(base_of_name, name)
        return Target(name, base_of_name, context_of_name)

    async def _served(self, name: str, context: int) -> str:
        key = (model_file(name), context)
        if key not in self._servers:
            self._servers[key] = await self._stack.enter_async_context(self._launch(name, context))
        return self._servers[key]


def model_name(settings: Settings, role: str) -> str:
    """The name of the model that plays a role. `settings` must be resolved."""
    of_role = settings.planner_model if role == "planner" else settings.coder_model
    name = of_role or settings.model
    assert name is not None, "resolve_models gives a model"
    return name


async def _first_served(settings: Settings) -> str:
    base = settings.api_base or ""
    models = await served(base)
    if not models:
        problem = "has no model" if models is not None else "doesn't answer"
        raise ModelFault(f"{base} {problem}.", "Start the server, or name a model with --model.")
    return models[0].name
