"""From settings to a model that answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from agentcli.errors import ModelFault
from agentcli.journal.events import ModelRetried
from agentcli.models.client import LitellmModel, Options, Target, Timeouts, close_connections
from agentcli.models.discover import discover
from agentcli.models.lazy import loaded
from agentcli.models.local import CONTEXT, MAX_OUTPUT, PREFIX, check_extra, model_file, serve
from agentcli.models.providers import BY_NAME
from agentcli.models.retry import RetryPolicy
from agentcli.models.serving import served, served_context
from agentcli.settings import Settings


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
async def open_model(
    settings: Settings, role: str, on_retry: Callable[[ModelRetried], None]
) -> AsyncIterator[LitellmModel]:
    """The model that plays a role, with its fallback; closed with the block.

    Raises what `resolve_models` raises.
    """
    settings = await resolve_models(settings)
    name = model_name(settings, role)
    async with AsyncExitStack() as stack:
        target = await _target(stack, settings, name)
        fallback = None
        if settings.fallback_model is not None:
            fallback = await _target(stack, settings, settings.fallback_model)
        options = Options(
            temperature=settings.temperature,
            timeouts=Timeouts(call=settings.model_timeout),
            retry=RetryPolicy(retries=settings.model_retries),
        )
        await loaded()
        stack.push_async_callback(close_connections)
        yield LitellmModel(target, fallback, options, on_retry)


def model_name(settings: Settings, role: str) -> str:
    """The name of the model that plays a role. `settings` must be resolved."""
    of_role = settings.planner_model if role == "planner" else settings.coder_model
    name = of_role or settings.model
    assert name is not None, "resolve_models gives a model"
    return name


async def _target(stack: AsyncExitStack, settings: Settings, name: str) -> Target:
    if name.startswith(PREFIX):
        context = settings.context_tokens or CONTEXT
        base = await stack.enter_async_context(serve(name, context))
        return Target(name, base, context, MAX_OUTPUT)
    # A name that says its provider is asked there, even when others are served elsewhere;
    # `openai/` is also litellm's word for any server that speaks OpenAI's language.
    provider = name.partition("/")[0]
    elsewhere = provider in BY_NAME and provider != "openai"
    base_of_name = None if elsewhere else settings.api_base
    context_of_name = settings.context_tokens
    if context_of_name is None and base_of_name is not None:
        context_of_name = await served_context(base_of_name, name)
    return Target(name, base_of_name, context_of_name)


async def _first_served(settings: Settings) -> str:
    base = settings.api_base or ""
    models = await served(base)
    if not models:
        problem = "has no model" if models is not None else "doesn't answer"
        raise ModelFault(f"{base} {problem}.", "Start the server, or name a model with --model.")
    return models[0].name
