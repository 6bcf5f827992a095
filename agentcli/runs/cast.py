"""Who plays which agent: live models by role, or the recorded replies of an earlier run."""

from collections.abc import Iterable

from agentcli.errors import ResumeDiverged, UsageFault
from agentcli.journal.events import AgentStarted, Event, ModelReplied
from agentcli.models.base import Model
from agentcli.models.build import Models
from agentcli.models.formats import Format, choose_format, format_named
from agentcli.models.recorded import RecordedModel
from agentcli.settings import Settings


class LiveCast:
    """Live models, by role."""

    def __init__(self, settings: Settings, models: Models) -> None:
        self._settings = settings
        self._models = models

    async def play(
        self, agent_id: str, role: str, model_name: str | None = None
    ) -> tuple[Model, Format]:
        model = await self._models.playing(role, model_name)
        if self._settings.max_cost is not None and not model.priced:
            raise UsageFault(
                f"The price of {model.name} is not known, so --max-cost can't be kept.",
                "Limit it with --max-tokens instead.",
            )
        reply_format = choose_format(
            self._settings.reply_format, model.name, model.native_tools, role
        )
        return model, reply_format


class RecordedCast:
    """Each agent says again what it said in the recording."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._replies: dict[str, list[ModelReplied]] = {}
        self._started: dict[str, AgentStarted] = {}
        for event in events:
            match event.body:
                case ModelReplied():
                    self._replies.setdefault(event.agent_id, []).append(event.body)
                case AgentStarted():
                    self._started[event.agent_id] = event.body

    async def play(
        self, agent_id: str, role: str, model_name: str | None = None
    ) -> tuple[Model, Format]:
        started = self._started.get(agent_id)
        if started is None:
            raise ResumeDiverged(
                f"The recording has no agent {agent_id}.",
                "The tools answered differently this time, so the run took another way.",
            )
        model = RecordedModel(
            started.model, self._replies.get(agent_id, []), context_tokens=started.window
        )
        return model, format_named(started.reply_format)
