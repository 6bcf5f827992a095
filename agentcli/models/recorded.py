"""A model that says again what was recorded."""

from collections.abc import Sequence

from agentcli.errors import ResumeDiverged
from agentcli.journal.events import ModelReplied
from agentcli.models.base import ModelRequest, OnText
from agentcli.models.endpoint import DEFAULT_CONTEXT
from agentcli.models.tokens import estimate_tokens


class RecordedModel:
    """Gives one agent's recorded replies back, in order. Costs and times are the recorded ones."""

    def __init__(
        self,
        name: str,
        replies: Sequence[ModelReplied],
        context_tokens: int = DEFAULT_CONTEXT,
        priced: bool = True,
    ) -> None:
        self.name = name
        self._replies = tuple(replies)
        self._given = 0
        self._context_tokens = context_tokens
        self._priced = priced

    @property
    def context_tokens(self) -> int:
        """The window of the model that was recorded, in tokens."""
        return self._context_tokens

    @property
    def priced(self) -> bool:
        """Whether the recording holds costs."""
        return self._priced

    @property
    def native_tools(self) -> bool | None:
        """Not recorded; the format that was used is."""
        return None

    def count_tokens(self, text: str) -> int:
        """An estimate, within about 20 %."""
        return estimate_tokens(text)

    async def reply(self, request: ModelRequest, on_text: OnText | None = None) -> ModelReplied:
        """The next reply. Raises ResumeDiverged when there is none left."""
        if self._given == len(self._replies):
            raise ResumeDiverged(
                f"The recording of {self.name} ends after {self._given} replies, and step "
                f"{request.step} asks for another.",
                "The run took another path than when it was recorded; run it live with --model.",
            )
        reply = self._replies[self._given]
        self._given += 1
        if on_text is not None and reply.text:
            on_text(reply.text)
        return reply
