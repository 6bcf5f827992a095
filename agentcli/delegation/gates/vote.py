"""`vote`: judges in fresh contexts compare the two versions without knowing whose they are.

Every other judge sees them in reverse order, so that a liking for the first evens out. The
parent's stated reason is not shown: it would tell whose version is which, and it argues.
"""

import asyncio
import re
from dataclasses import dataclass

from agentcli.agents.clip import clip
from agentcli.delegation.gates.base import AskJudge, Decision, OverrideRequest
from agentcli.prompting import render
from agentcli.workspace.store import RunStore

_PATCH = 12_000  # characters of the difference that a judge reads
_WORDS = {"one": 1, "1": 1, "first": 1, "two": 2, "2": 2, "second": 2}
_CHOICE = re.compile(r"\b(one|two|first|second|1|2)\b", re.IGNORECASE)


@dataclass(frozen=True)
class VoteGate:
    """More than half of the judges must find the override better; an unusable answer is a no."""

    store: RunStore
    ask_judge: AskJudge
    judges: int
    name: str = "vote"

    async def decide(self, request: OverrideRequest) -> Decision:
        votes = [await self._vote(request, number) for number in range(1, self.judges + 1)]
        yes = sum(votes)
        return Decision(
            yes * 2 > self.judges,
            f"{yes} of {self.judges} judges found the override better.",
            votes=tuple(votes),
        )

    async def _vote(self, request: OverrideRequest, number: int) -> bool:
        versions = [request.without, request.with_act]
        if number % 2 == 0:
            versions.reverse()
        patch = await asyncio.to_thread(self.store.diff, *versions)
        # Unique for each request, and the same when an interrupted vote is taken up again.
        place = (request.number - 1) * self.judges + number
        question = render("judge/question.j2", brief=request.brief, patch=clip(patch, _PATCH))
        said = await self.ask_judge(f"{request.delegation}.judge{place}", question)
        chosen = read_choice(said)
        return chosen is not None and versions[chosen - 1] == request.with_act


def read_choice(text: str) -> int | None:
    """1 or 2 as a judge's words have it: the one it opens with, else the only one it names."""
    opening = _CHOICE.search(" ".join(text.split(maxsplit=2)[:2]))
    if opening:
        return _WORDS[opening[0].lower()]
    named = {_WORDS[word.lower()] for word in _CHOICE.findall(text)}
    return named.pop() if len(named) == 1 else None
