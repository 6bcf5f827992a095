"""Keep the context within the model's window without forgetting what matters.

First old tool outputs are cut to a stub, then the oldest steps are replaced by a digest: one
line per step. The system prompt (with the constraints), the task or open brief, the last steps
and the last failures always stay. No model is asked, so it costs nothing and can't invent.
"""

from collections.abc import Callable
from dataclasses import dataclass

from agentcli.agents.clip import clip
from agentcli.agents.conversation import Conversation, describe, shortened, turns
from agentcli.models.base import Message

COMPACT_AT = 0.75  # share of the window from which it is time
_STUB = 300  # characters that stay of an old output
_RECENT_TURNS = 6  # never shortened


@dataclass(frozen=True)
class Compaction:
    """What was done: messages dropped, tokens before and after."""

    dropped: int
    tokens_before: int
    tokens_after: int


def compact(
    conversation: Conversation,
    count: Callable[[str], int],
    window: int,
    *,
    start_at: float = COMPACT_AT,
    aim_at: float = 0.5,
) -> Compaction | None:
    """Compact in place when the context fills more than `start_at` of the window.

    None when there was room. The digest grows in `conversation.digest`; the caller journals it
    and puts it into the conversation.
    """
    before = conversation.tokens(count)
    if before <= window * start_at:
        return None
    aim = int(window * aim_at)
    _shorten_old_outputs(conversation)
    dropped = _drop_oldest(conversation, count, aim)
    after = conversation.tokens(count)
    if after > aim:  # what must stay is itself too long: clip the longest recent outputs
        _shorten_recent_outputs(conversation, count, aim)
        after = conversation.tokens(count)
    if after > window * COMPACT_AT:  # long calls can't be clipped, only dropped
        dropped += _drop_oldest(conversation, count, aim, recent=1)
        after = conversation.tokens(count)
    conversation.digest += _digest(dropped)
    return Compaction(len(dropped), before, after)


def _shorten_old_outputs(conversation: Conversation) -> None:
    groups = turns(conversation.messages)
    whole = {id(message) for group in groups[-_RECENT_TURNS:] for message in group}
    whole |= _last_failures(conversation.messages)
    conversation.messages = [
        shortened(m, clip(m.text, _STUB)) if m.role == "tool" and id(m) not in whole else m
        for m in conversation.messages
    ]


def _drop_oldest(
    conversation: Conversation, count: Callable[[str], int], aim: int, recent: int = _RECENT_TURNS
) -> list[Message]:
    dropped: list[Message] = []
    failures = _last_failures(conversation.messages)
    while conversation.tokens(count) > aim:
        groups = turns(conversation.messages)
        droppable = [
            group
            for group in groups[:-recent]
            if not any(m.keep or id(m) in failures for m in group)
        ]
        if not droppable:
            break
        gone = {id(m) for m in droppable[0]}
        dropped += droppable[0]
        conversation.messages = [m for m in conversation.messages if id(m) not in gone]
    return dropped


def _shorten_recent_outputs(
    conversation: Conversation, count: Callable[[str], int], aim: int
) -> None:
    limit = 8000
    while conversation.tokens(count) > aim and limit >= 500:
        conversation.messages = [
            m if m.keep or m.role == "system" else shortened(m, clip(m.text, limit))
            for m in conversation.messages
        ]
        limit //= 2


def _last_failures(messages: list[Message]) -> set[int]:
    """The ids of the last failed command and of the last call that could not be done.

    Apart, because a slip in a call must not push out what the tests said.
    """
    last = {message.failure: id(message) for message in messages if message.failure is not None}
    return set(last.values())


def _digest(dropped: list[Message]) -> list[str]:
    return [line for turn in turns(dropped) for line in _digest_turn(turn)]


def _digest_turn(turn: list[Message]) -> list[str]:
    said = {m.call_id: next(iter(m.text.splitlines()), "") for m in turn if m.role == "tool"}
    calls = [call for message in turn for call in message.calls]
    return [
        f"- {describe(call)}" + (f" → {said[call.id][:80]}" if said.get(call.id) else "")
        for call in calls
    ]
