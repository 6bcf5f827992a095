"""`vote`: a majority of judges who don't know whose version is whose."""

import pytest

from agentcli.delegation.gates.vote import VoteGate, read_choice
from tests.delegation.gates.conftest import ADDS, WRONG, Court

MARK = "+    return a + b"  # what the override adds, when it is version TWO


class Judges:
    """Answer in turn, and remember who was asked what. `override` and `child` find that version."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, agent_id: str, question: str) -> str:
        answer = self.answers[len(self.asked)]
        self.asked.append((agent_id, question))
        override, child = ("TWO", "ONE") if MARK in question else ("ONE", "TWO")
        return {"override": override, "child": child}.get(answer, answer)


@pytest.mark.parametrize(
    ("answers", "votes"),
    [
        (("override", "override", "child"), (True, True, False)),
        (("child", "override", "child"), (False, True, False)),
        (("override", "I can't say", ""), (True, False, False)),
        (("override", "???", "override"), (True, False, True)),
    ],
)
async def test_the_majority_decides_and_what_can_not_be_read_is_a_no(
    court: Court, answers: tuple[str, ...], votes: tuple[bool, ...]
) -> None:
    gate = VoteGate(court.run.store, Judges(*answers), judges=3)
    decision = await gate.decide(court.request(WRONG, ADDS))
    assert decision.votes == votes
    assert decision.allowed == (sum(votes) >= 2)


async def test_half_of_the_votes_is_no_majority(court: Court) -> None:
    gate = VoteGate(court.run.store, Judges("override", "child"), judges=2)
    assert not (await gate.decide(court.request(WRONG, ADDS))).allowed


async def test_a_judge_reads_both_versions_but_not_whose_they_are(court: Court) -> None:
    judges = Judges("child", "child", "child")
    await VoteGate(court.run.store, judges, judges=3).decide(court.request(WRONG, ADDS))
    for _, question in judges.asked:
        assert "mend calc.py" in question
        assert "I know better" not in question
    assert [MARK in question for _, question in judges.asked] == [True, False, True]


async def test_each_judge_of_a_delegation_is_another_agent(court: Court) -> None:
    judges = Judges(*["child"] * 4)
    gate = VoteGate(court.run.store, judges, judges=2)
    for number in (1, 2):
        await gate.decide(court.request(WRONG, ADDS, number=number))
    assert [who for who, _ in judges.asked] == [f"1.1.judge{n}" for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("ONE", 1),
        ("two.", 2),
        ("**TWO**\n\nIt subtracts, where version ONE adds.", 2),
        ("Version 2 is better than version 1.", 2),
        ("Answer: first", 1),
        ("I think that the second version is better.", 2),
        ("Between them, one is good and two is good as well.", None),
        ("Both are fine.", None),
        ("", None),
    ],
)
def test_a_choice_is_read_from_what_models_say(said: str, choice: int | None) -> None:
    assert read_choice(said) == choice
