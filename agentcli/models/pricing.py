"""What a call cost."""

from typing import Any

from agentcli.journal.events import Usage
from agentcli.models.endpoint import Endpoint, price_entry


def is_priced(litellm: Any, endpoint: Endpoint) -> bool:
    """Whether `cost` can answer: the price is known, or the model runs on this machine."""
    if endpoint.local:
        return True
    entry = price_entry(litellm, endpoint)
    return entry is not None and entry.get("input_cost_per_token") is not None


def cost(litellm: Any, endpoint: Endpoint, usage: Usage, written: int = 0) -> float | None:
    """US dollars, with the price for cached tokens; None when the price is unknown.

    `written` is how many of the input tokens were put into the provider's prompt cache.
    """
    if endpoint.local:
        return 0.0
    entry = price_entry(litellm, endpoint)
    if entry is None or entry.get("input_cost_per_token") is None:
        return None
    price = _Prices(entry, usage.input)
    plain = max(0, usage.input - usage.cached - written)
    return (
        plain * price.of("input_cost_per_token")
        + usage.cached * price.of("cache_read_input_token_cost", "input_cost_per_token")
        + written * price.of("cache_creation_input_token_cost", "input_cost_per_token")
        + usage.output * price.of("output_cost_per_token")
    )


class _Prices:
    """One entry of the map, at the tier that the length of the input falls into."""

    def __init__(self, entry: dict[str, Any], tokens: int) -> None:
        self._entry = entry
        limits = (272, 256, 200, 128)
        self._tiers = [f"_above_{k}k_tokens" for k in limits if tokens > k * 1000]

    def of(self, *keys: str) -> float:
        """The price of the first key that has one."""
        for key in keys:
            for tier in (*self._tiers, ""):
                if (value := self._entry.get(key + tier)) is not None:
                    return float(value)
        return 0.0
