"""One streamed completion, collected."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentcli.journal.events import Call, Usage
from agentcli.models.arguments import read_arguments
from agentcli.models.repeats import repeated

REPEATS = "repeats"  # our own finish reason: the model repeated itself, so it was broken off


@dataclass
class _PartialCall:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class Collected:
    """What the chunks of a stream add up to. Times are seconds from `started` (monotonic)."""

    started: float
    text: str = ""
    thinking: str = ""
    finish_reason: str | None = None
    first_token: float | None = None
    counts: list[Any] = field(default_factory=list)  # of tokens, as the provider sent them
    _calls: dict[int, _PartialCall] = field(default_factory=dict)

    def add(self, chunk: Any, on_text: Callable[[str], None] | None) -> None:
        """Take in one chunk."""
        if (count := getattr(chunk, "usage", None)) is not None:
            self.counts.append(count)
        if not chunk.choices:
            return
        choice = chunk.choices[0]
        delta = choice.delta
        content = getattr(delta, "content", None)
        thinking = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
        calls = getattr(delta, "tool_calls", None)
        if self.first_token is None and (content or thinking or calls):
            self.first_token = time.monotonic() - self.started
        if thinking:
            self.thinking += thinking
        if content:
            self.text += content
            if on_text is not None:
                on_text(content)
        for call in calls or ():
            self._add_call(call)
        if choice.finish_reason:
            self.finish_reason = str(choice.finish_reason)

    @property
    def stuck(self) -> bool:
        """Whether the model only repeats itself, so that nothing more is worth waiting for."""
        return repeated(self.text or self.thinking) is not None

    def correct(self, wrapper: Any) -> None:
        """Put right what litellm's wrapper of a stream, read to its end, tells otherwise.

        It keeps the counts to itself, and makes up a finish reason where the provider sent none.
        """
        self.counts = [u for c in wrapper.chunks if (u := getattr(c, "usage", None)) is not None]
        if not wrapper.received_finish_reason:
            self.finish_reason = None

    def _add_call(self, piece: Any) -> None:
        # Some servers number every call 0 and tell them apart by a new id alone.
        index = piece.index or 0
        known = self._calls.get(index)
        if known is not None and piece.id and known.id and piece.id != known.id:
            index = max(self._calls) + 1
        call = self._calls.setdefault(index, _PartialCall())
        call.id = call.id or piece.id or ""
        if piece.function is not None:
            call.name += (piece.function.name or "") if not call.name else ""
            call.arguments += piece.function.arguments or ""

    def calls(self, prefix: str) -> tuple[tuple[Call, ...], str | None]:
        """The calls that can be read, and the text of the first that can't.

        An id that the provider left out is made from `prefix`.
        """
        read: list[Call] = []
        for number, (_, part) in enumerate(sorted(self._calls.items())):
            arguments = read_arguments(part.arguments)
            if arguments is None or not part.name:
                return tuple(read), f"{part.name}({part.arguments})"
            read.append(
                Call(id=part.id or f"{prefix}_{number}", name=part.name, arguments=arguments)
            )
        return tuple(read), None


def usage_of(counts: Sequence[Any]) -> tuple[Usage, int] | None:
    """The provider's count and, apart, the input tokens written to its prompt cache.

    None when it sent none.
    """
    # Anthropic sends the input at the start and the output at the end: the largest of each.
    if not counts:
        return None

    def largest(read: Callable[[Any], Any]) -> int:
        return max(int(read(count) or 0) for count in counts)

    given = largest(lambda u: u.prompt_tokens)
    made = largest(lambda u: u.completion_tokens)
    if not given and not made:
        return None
    cached = largest(lambda u: getattr(u.prompt_tokens_details, "cached_tokens", 0))
    written = largest(lambda u: getattr(u, "cache_creation_input_tokens", 0))
    return Usage(input=given, output=made, cached=min(cached, given)), written
