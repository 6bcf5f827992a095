"""Which model to take when none is named, and what there is to choose from."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agentcli.errors import ModelFault
from agentcli.models.providers import LOCAL_SERVERS, PROVIDERS, LocalServer, Provider, has_key
from agentcli.models.serving import Served, served

_PROBE = 0.4  # seconds; all servers are asked at once, and they are on this machine


@dataclass(frozen=True)
class Found:
    """The model that was taken, where it is served if not at its provider, and why it was it."""

    model: str
    api_base: str | None
    why: str


@dataclass(frozen=True)
class Source:
    """A place models can come from. `default` is what discovery would take from it."""

    title: str
    kind: Literal["provider", "local"]
    ready: bool
    detail: str  # the key's variable, or the server's address
    default: str | None
    models: tuple[str, ...] = ()


async def discover(
    environment: Mapping[str, str] | None = None,
    servers: Sequence[LocalServer] = LOCAL_SERVERS,
) -> Found:
    """A provider whose key is set, else a server on this machine. Raises ModelFault."""
    environment = os.environ if environment is None else environment
    for provider in PROVIDERS:
        if has_key(provider, environment):
            return Found(provider.default_model, None, f"{provider.key} is set")
    answers = await asyncio.gather(*(served(server.base, _PROBE) for server in servers))
    for server, models in zip(servers, answers, strict=True):
        if models:
            return Found(_best(models), server.base, f"{server.title} runs on port {server.port}")
    keys = ", ".join(provider.key for provider in PROVIDERS[:4])
    ports = ", ".join(f"{server.title} ({server.port})" for server in servers)
    raise ModelFault(
        "There is no model: none is named, no provider's key is set, no local server answers.",
        f"Set a key ({keys}, …), start a local server ({ports}), or name one: --model NAME, "
        "--model gguf:PATH, --api-base URL.",
    )


async def available(
    environment: Mapping[str, str] | None = None,
    servers: Sequence[LocalServer] = LOCAL_SERVERS,
) -> list[Source]:
    """Every source that is known, ready or not, in the order in which discovery tries them."""
    environment = os.environ if environment is None else environment
    answers = await asyncio.gather(*(served(server.base, _PROBE) for server in servers))
    return [_provider_source(provider, environment) for provider in PROVIDERS] + [
        _server_source(server, models) for server, models in zip(servers, answers, strict=True)
    ]


def _provider_source(provider: Provider, environment: Mapping[str, str]) -> Source:
    ready = has_key(provider, environment)
    detail = f"{provider.key} is {'set' if ready else 'not set'}"
    return Source(provider.title, "provider", ready, detail, provider.default_model)


def _server_source(server: LocalServer, models: Sequence[Served] | None) -> Source:
    if models is None:
        return Source(server.title, "local", False, f"nothing at {server.base}", None)
    names = tuple(model.name for model in models)
    detail = f"{server.base}" + ("" if names else " has no model loaded")
    return Source(
        server.title, "local", bool(names), detail, _best(models) if models else None, names
    )


def _best(models: Sequence[Served]) -> str:
    """A coding model if there is one, else the first."""
    coders = [model for model in models if "code" in model.name.lower()]
    return (coders or list(models))[0].name
