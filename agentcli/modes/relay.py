"""`relay`: agents in a fixed order, each once, and none above another.

Each one is told what those before it finished, chooses its own role or abstains, and works in
the one workspace. It may abstain once somebody's work stands: small models that are asked before
that say no to a task which nobody has begun. A turn is a delegation like any other, so the ledger
sees what a successor leaves of its predecessors' work. The order itself is agent 1: its stream
holds the choices.
"""

import re
from dataclasses import dataclass

from agentcli.agents.budget import Caps
from agentcli.agents.clip import one_line
from agentcli.agents.question import Question, ask
from agentcli.agents.workspace import Workspace
from agentcli.delegation.frame import begin, close
from agentcli.ids import ROOT_AGENT, child_agent_id
from agentcli.journal.events import (
    AgentEnded,
    AgentStarted,
    Brief,
    Check,
    DelegationClosed,
    FileChange,
    Result,
    RoleTaken,
)
from agentcli.journal.stream import Stream
from agentcli.models.base import Model
from agentcli.modes.base import RunContext, register
from agentcli.modes.coder import make_coder
from agentcli.prompting import render

_ROLE = "relay"
_DEFAULT = "coder"  # the role of an agent that chose none
_MAX_OUTPUT = 400  # tokens of a choice: a line, and what a model thinks before it
_ROLE_LENGTH = 80  # characters
_SUMMARY = 600  # characters of a predecessor's own words
_CHOICE = re.compile(r"^\W*(role|abstain)\b[\s:*_—–-]*(.*)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Leg:
    """One agent's turn, as those after it are told. `role` is None when it abstained."""

    role: str | None
    status: str
    summary: str
    rolled_back: bool = False
    commit: str = ""
    changes: tuple[FileChange, ...] = ()
    check: Check | None = None


@register
class Relay:
    """As many turns as the setting `coders` says."""

    name = "relay"
    about = "agents in a fixed order, each choosing its own role after those before it"

    async def run(self, context: RunContext, workspace: Workspace) -> Result:
        model, reply_format = await context.cast.play(ROOT_AGENT, _ROLE)
        stream = context.streams.open(ROOT_AGENT)
        begun = stream.record(
            AgentStarted(
                role=_ROLE,
                model=model.name,
                reply_format=reply_format.name,
                window=model.context_tokens,
                depth=0,
                brief=context.brief,
                base_tree=workspace.tree,
            )
        )
        order = _Order(context, workspace, stream, model)
        for number in range(1, context.settings.coders + 1):
            await order.turn(number)
        changes = workspace.store.changes(begun.base_tree, workspace.tree)
        result = order.outcome().model_copy(update={"changes": changes})
        stream.record(AgentEnded(status=result.status, reason=result.summary))
        return result


class _Order:
    """The turns taken so far, and the next one."""

    def __init__(
        self, context: RunContext, workspace: Workspace, stream: Stream, model: Model
    ) -> None:
        self._context = context
        self._workspace = workspace
        self._stream = stream
        self._model = model
        self._legs: list[Leg] = []
        self._closed: list[DelegationClosed] = []

    async def turn(self, number: int) -> None:
        """Let the next agent choose and, unless it abstains, work."""
        agent_id = child_agent_id(ROOT_AGENT, number)
        before = render("relay/before.j2", legs=self._legs)
        chosen = await self._choose(agent_id, number, before)
        if chosen.role is None:
            self._legs.append(Leg(None, "nothing done", chosen.reason))
            return
        facts = render("relay/facts.j2", before=before, role=chosen.role, **self._place(number))
        brief = self._context.brief.model_copy(update={"facts": facts})
        closed = await self._work(agent_id, number, brief)
        self._closed.append(closed)
        self._legs.append(_leg(chosen.role, closed))

    def outcome(self) -> Result:
        """That of the last turn whose work stands, else of the last one at all."""
        standing = [closed for closed in self._closed if not closed.rolled_back]
        return (standing or self._closed)[-1].result

    async def _choose(self, agent_id: str, number: int, before: str) -> RoleTaken:
        may_abstain = any(not closed.rolled_back for closed in self._closed)
        question = Question(
            system=render("relay/system.j2", may_abstain=may_abstain, **self._place(number)),
            text=render(
                "relay/choose.j2",
                brief=self._context.brief,
                before=before,
                may_abstain=may_abstain,
                **self._place(number),
            ),
            max_output=_MAX_OUTPUT,
            step=number,
            seed=self._context.settings.seed,
        )
        said = await ask(question, self._model, self._stream, self._context.budget)
        role, reason = read_choice(said)
        if role is None and not may_abstain:
            role, reason = _DEFAULT, "It abstained, and nobody's work stands yet."
        return self._stream.record(RoleTaken(agent=agent_id, role=role, reason=reason))

    async def _work(self, agent_id: str, number: int, brief: Brief) -> DelegationClosed:
        context, workspace = self._context, self._workspace
        begun = await begin(agent_id, brief, self._stream, workspace, _ROLE)
        agent = await make_coder(
            context,
            workspace,
            agent_id=agent_id,
            brief=brief,
            depth=1,
            budget=context.budget.slice(agent_id, self._share(number)),
        )
        return await close(begun, await agent.run(), self._stream, workspace)

    def _share(self, number: int) -> Caps:
        """An equal part of what is left, so that the first can't leave nothing to the last."""
        left = self._context.budget.tokens_left()
        turns = self._context.settings.coders - number + 1
        tokens = None if left is None else max(1, left // turns)
        return Caps(max_steps=self._context.settings.agent_steps, max_tokens=tokens)

    def _place(self, number: int) -> dict[str, int]:
        return {"number": number, "agents": self._context.settings.coders}


def read_choice(text: str) -> tuple[str | None, str]:
    """The role (None: it abstains) and the reason, as models say them.

    A short line without the heading is taken for the role. What can't be read makes a coder: an
    agent that only misses the form is still of use.
    """
    found = _CHOICE.search(text)
    heading, said = (found[1], found[2]) if found else ("role", text)
    said = said.strip().strip(" *_`\"'")
    if heading.lower() == "abstain":
        return None, one_line(said, _ROLE_LENGTH)
    if not said or (found is None and ("\n" in said or len(said) > _ROLE_LENGTH)):
        return _DEFAULT, "It named no role."
    return one_line(said, _ROLE_LENGTH), ""


def _leg(role: str, closed: DelegationClosed) -> Leg:
    result = closed.result
    return Leg(
        role=role,
        status=result.status,
        summary=one_line(result.summary, _SUMMARY),
        rolled_back=closed.rolled_back,
        commit=closed.commit,
        changes=() if closed.rolled_back else result.changes,
        check=None if closed.rolled_back else result.check,
    )
