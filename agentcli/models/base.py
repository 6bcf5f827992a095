"""The seam between the agent loop and any model: messages in, one reply out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from agentcli.journal.events import Call, ModelReplied

OnText = Callable[[str], None]  # called with each piece of a streamed reply, for display only


@dataclass(frozen=True)
class ToolSpec:
    """A tool as the model sees it. `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Message:
    """One message of a conversation, independent of provider and reply format.

    A `tool` message answers the call `call_id`, and `failure` says what failed, if anything: a
    command (or check) that ran, or the call itself. `keep` marks what compaction must not drop.
    """

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    calls: tuple[Call, ...] = ()
    call_id: str | None = None
    failure: Literal["command", "call"] | None = None
    keep: bool = False
    summary: bool = False  # stands for steps that compaction took out


@dataclass(frozen=True)
class ModelRequest:
    """What is asked of a model. `tools` is empty for the text formats (they sit in the prompt)."""

    messages: Sequence[Message]
    tools: Sequence[ToolSpec] = ()
    step: int = 0  # the agent's own count; becomes `ModelReplied.step`
    stop: Sequence[str] = ()
    max_output_tokens: int | None = None
    seed: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class Model(Protocol):
    """Anything that answers. Implementations: litellm, a recording."""

    name: str

    @property
    def context_tokens(self) -> int:
        """The context window, input and output together, in tokens."""

    @property
    def priced(self) -> bool:
        """Whether a cost limit can be kept: the model's price is known (or it is free, local)."""

    @property
    def native_tools(self) -> bool | None:
        """Whether the model is known to take native tool calls; None: it isn't known."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text; an estimate (within about 20 %) where no tokenizer is at hand."""

    async def reply(self, request: ModelRequest, on_text: OnText | None = None) -> ModelReplied:
        """Ask once. Raises ModelFault when all retries and the fallback failed."""
