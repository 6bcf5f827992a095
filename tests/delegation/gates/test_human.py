"""`human`: a person decides, who sees what difference it makes."""

import pytest

from agentcli.delegation.gates.base import Question
from tests.delegation.gates.conftest import ADDS, WRONG, Court


class Someone:
    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.asked: list[Question] = []

    async def decide(self, question: Question) -> bool | None:
        self.asked.append(question)
        return self.answer


@pytest.mark.parametrize("answer", [True, False])
async def test_the_answer_decides(court: Court, answer: bool) -> None:
    person = Someone(answer)
    decision = await court.gate({"gate": "human"}, person=person).decide(court.request(WRONG, ADDS))
    assert decision.allowed is answer
    (question,) = person.asked
    assert question.request.stated == "I know better"
    assert "+    return a + b" in question.patch


async def test_where_nobody_can_be_asked_it_is_denied_and_says_so(court: Court) -> None:
    decision = await court.gate({"gate": "human"}).decide(court.request(WRONG, ADDS))
    assert not decision.allowed
    assert "no terminal" in decision.reason
