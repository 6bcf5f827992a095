"""One question in a context of its own: no tools, an answer in plain words, journalled."""

from dataclasses import dataclass

from agentcli.agents.budget import Budget
from agentcli.journal.events import ModelReplied, Prompted
from agentcli.journal.stream import Stream
from agentcli.models.base import Message, Model, ModelRequest


@dataclass(frozen=True)
class Question:
    """What is asked. `step` numbers the model call within its stream, from 1."""

    system: str
    text: str
    max_output: int  # tokens
    step: int = 1
    seed: int | None = None


async def ask(question: Question, model: Model, stream: Stream, budget: Budget) -> str:
    """The model's words. Raises LimitReached instead of asking beyond the budget."""
    system = stream.record(Prompted(kind="system", text=question.system))
    asked = stream.record(Prompted(kind="task", text=question.text))
    if not stream.recalling:
        budget.check_call()
    request = ModelRequest(
        messages=[Message("system", system.text), Message("user", asked.text)],
        step=question.step,
        max_output_tokens=question.max_output,
        seed=question.seed,
    )
    reply = await stream.perform(ModelReplied, lambda: model.reply(request))
    budget.spend(reply)
    return reply.text
