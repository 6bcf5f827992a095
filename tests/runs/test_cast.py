"""Who plays an agent, and what is refused before a model is asked."""

import pytest

from agentcli.errors import UsageFault
from agentcli.models.build import open_models
from agentcli.runs.cast import LiveCast
from agentcli.settings import Settings


async def test_a_cost_limit_is_refused_where_the_price_is_unknown() -> None:
    settings = Settings(model="openai/no-such-model", max_cost=1.0)
    async with open_models(settings, print) as models:
        with pytest.raises(UsageFault, match="price of openai/no-such-model is not known"):
            await LiveCast(settings, models).play("1", "coder")


async def test_a_known_price_and_a_server_of_ones_own_may_have_a_cost_limit() -> None:
    own = Settings(model="openai/x", api_base="http://127.0.0.1:9/v1", max_cost=1.0)
    for settings in (own, Settings(model="gpt-4o", max_cost=1.0)):
        async with open_models(settings, print) as models:
            model, _ = await LiveCast(settings, models).play("1", "coder")
            assert model.priced
