"""Where a model is asked: its name, the server, the key, and what is known about it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agentcli.models.providers import is_loopback

DEFAULT_CONTEXT = 32_768
_OLLAMA = "ollama/"


@dataclass(frozen=True)
class Endpoint:
    """One model at one place. Make it with `resolve`.

    `name` is what the person wrote, `model` what litellm is asked for, `provider` litellm's
    name of the provider. `context` overrides what litellm's map says (tokens).
    """

    name: str
    model: str
    provider: str
    api_base: str | None = None
    api_key: str | None = None
    context: int | None = None

    @property
    def local(self) -> bool:
        """Served by this machine, so it costs nothing."""
        return is_loopback(self.api_base)

    @property
    def compatible(self) -> bool:
        """A server with OpenAI's API that isn't OpenAI's."""
        return self.provider == "openai" and self.api_base is not None

    @property
    def anthropic_like(self) -> bool:
        """Whether the model takes marks for the prompt cache in its messages."""
        return "claude" in self.model or self.provider == "anthropic"


def resolve(litellm: Any, name: str, api_base: str | None, context: int | None = None) -> Endpoint:
    """Find out who serves a model. A name that no provider is known for keeps provider ""."""
    if name.startswith(_OLLAMA):
        # By its OpenAI-compatible door: the one path that all local servers share.
        host = api_base or os.environ.get("OLLAMA_API_BASE") or "http://127.0.0.1:11434"
        base = host if host.rstrip("/").endswith("/v1") else f"{host.rstrip('/')}/v1"
        return _compatible(name, name.removeprefix(_OLLAMA), base, context)
    prefix, slash, rest = name.partition("/")
    if api_base is not None:
        known = bool(slash) and prefix != "openai" and prefix in litellm.provider_list
        if not known:
            return _compatible(name, rest if prefix == "openai" else name, api_base, context)
        return Endpoint(name, name, prefix, api_base, None, context)
    try:
        _, provider, _, _ = litellm.get_llm_provider(name)
    except litellm.BadRequestError:
        provider = ""
    return Endpoint(name, name, provider, None, None, context)


def _compatible(name: str, served_as: str, base: str, context: int | None) -> Endpoint:
    # The client insists on some key; most servers of one's own want none.
    key = os.environ.get("OPENAI_API_KEY") or "none"
    return Endpoint(name, f"openai/{served_as}", "openai", base, key, context)


def price_entry(litellm: Any, endpoint: Endpoint) -> dict[str, Any] | None:
    """The entry of litellm's map for a model, without asking any server, or None."""
    if endpoint.api_base is not None:
        return None  # a name alone doesn't tell what a server of one's own runs, or charges
    bare = endpoint.model.removeprefix(f"{endpoint.provider}/")
    for key in (endpoint.model, f"{endpoint.provider}/{bare}", bare):
        entry: dict[str, Any] | None = litellm.model_cost.get(key)
        if entry is not None and str(entry.get("litellm_provider", "")).startswith(
            endpoint.provider or "?"
        ):
            return entry
    return None


def known_models(litellm: Any, provider: str) -> Sequence[str]:
    """Chat models that litellm's map knows for a provider; all of them for provider ""."""
    return [
        name
        for name, entry in litellm.model_cost.items()
        if entry.get("mode") in ("chat", "responses")
        and (not provider or entry.get("litellm_provider") == provider)
    ]
