"""What an OpenAI-compatible server says of itself: its models and their context windows."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_CONTEXT_KEYS = ("n_ctx", "max_model_len", "loaded_context_length", "context_length")
_NO_CHAT = ("embed", "rerank", "whisper", "tts")


@dataclass(frozen=True)
class Served:
    """One model of a server. `context` is its window in tokens, where the server tells."""

    name: str
    context: int | None


async def served(api_base: str, timeout: float = 2.0) -> tuple[Served, ...] | None:
    """The chat models that a server lists; None when nothing answers in time (seconds)."""
    listing = await _get(f"{api_base.rstrip('/')}/models", timeout)
    entries = listing.get("data") if listing is not None else None
    if not isinstance(entries, list):
        return None
    named = [e for e in entries if isinstance(e, Mapping) and isinstance(e.get("id"), str)]
    return tuple(
        Served(entry["id"], _context(entry))
        for entry in named
        if not any(word in entry["id"].lower() for word in _NO_CHAT)
    )


async def served_context(api_base: str, model: str, timeout: float = 2.0) -> int | None:
    """The window that a server gives a model, in tokens; None when it doesn't tell."""
    root = api_base.rstrip("/").removesuffix("/v1")
    # llama.cpp shares its window out among slots; only /props tells what one request gets.
    properties, models = await asyncio.gather(
        _get(f"{root}/props", timeout), served(api_base, timeout)
    )
    settings = (properties or {}).get("default_generation_settings")
    if isinstance(settings, Mapping) and (context := _context(settings)) is not None:
        return context
    return next((s.context for s in models or () if s.name == model), None)


def _context(entry: Mapping[str, Any]) -> int | None:
    meta = entry.get("meta")
    places = (entry, meta) if isinstance(meta, Mapping) else (entry,)
    found = (place.get(key) for place in places for key in _CONTEXT_KEYS)
    return next((value for value in found if isinstance(value, int) and value > 0), None)


async def _get(url: str, timeout: float) -> Mapping[str, Any] | None:
    import httpx  # here, because it takes 60 ms that most commands don't need

    # A proxy from the environment must not see what is meant for this machine's own servers.
    # Reading the system's certificates takes 90 ms, which a plain http server doesn't need.
    secure = url.startswith("https")
    async with httpx.AsyncClient(timeout=timeout, trust_env=False, verify=secure) as client:
        try:
            answer = await client.get(url)
            value = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            return None
    return value if isinstance(value, Mapping) else None
