"""Judges for the vote gate: one question each, in a context of its own."""

from agentcli.agents.budget import Caps
from agentcli.agents.question import Question, ask
from agentcli.delegation.gates.base import GateParts
from agentcli.journal.events import AgentEnded, AgentStarted, Brief
from agentcli.modes.base import RunContext
from agentcli.prompting import render
from agentcli.workspace.store import RunStore

ROLE = "judge"
_MAX_OUTPUT = 800  # tokens: a word and a reason


def gate_parts(context: RunContext, store: RunStore) -> GateParts:
    """What a gate may call, from a run's context."""

    async def ask_judge(judge: str, question: str) -> str:
        return await _ask(context, judge, question)

    return GateParts(store, context.settings.seed, context.verdicts, ask_judge, context.person)


async def _ask(context: RunContext, judge: str, question: str) -> str:
    """One model call as an agent of its own: journalled, paid from the run's budget, recalled."""
    model, reply_format = await context.cast.play(judge, ROLE)
    stream = context.streams.open(judge)
    stream.record(
        AgentStarted(
            role=ROLE,
            model=model.name,
            reply_format=reply_format.name,
            window=model.context_tokens,
            depth=0,
            brief=Brief(goal="Judge two versions"),
            base_tree="",
        )
    )
    said = await ask(
        Question(
            system=render("judge/system.j2"),
            text=question,
            max_output=_MAX_OUTPUT,
            seed=context.settings.seed,
        ),
        model,
        stream,
        context.budget.slice(judge, Caps()),
    )
    stream.record(AgentEnded(status="done"))
    return said
