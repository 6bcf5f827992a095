"""Each decision is an event, never made twice; and the quota holds, also over a resume."""

from collections.abc import Callable

import pytest

from agentcli.delegation.gates.base import OverrideRequest
from agentcli.delegation.gates.keeper import Keeper, pass_gate
from agentcli.delegation.gates.lottery import draw
from agentcli.delegation.gates.make import check_evidence, make_gate
from agentcli.delegation.policy import PRESETS
from agentcli.errors import UsageFault
from agentcli.journal.events import GateDecided
from agentcli.journal.stream import Stream
from tests.delegation.gates.conftest import ADDS, WRONG, Court
from tests.delegation.gates.test_human import Someone

Open = Callable[[], Stream]


async def ask(keeper: Keeper, request: OverrideRequest, stream: Stream) -> GateDecided:
    async def made() -> OverrideRequest:
        return request

    return await pass_gate(keeper, made, stream)


async def test_a_decision_holds_what_stands_and_what_would_have(
    court: Court, streams: Open
) -> None:
    request = court.request(WRONG, ADDS)
    for answer, stands in [(True, request.without), (False, request.with_act)]:
        gate = court.gate({"gate": "human"}, person=Someone(answer))
        stream = streams()
        while stream.recalling:
            stream.record(stream.peek(GateDecided))  # type: ignore[type-var]
        decided = await ask(gate, request, stream)
        assert (decided.gate, decided.act, decided.stated) == ("human", "edit", "I know better")
        assert decided.counterfactual == stands


async def test_resumed_nobody_is_asked_again(court: Court, streams: Open) -> None:
    person = Someone(True)
    request = court.request(WRONG, ADDS)
    decisions = [
        await ask(court.gate({"gate": "human"}, person=person), request, streams())
        for _ in range(2)
    ]
    assert len(person.asked) == 1
    assert decisions[0] == decisions[1]


async def test_the_quota_of_overrides_holds_over_a_resume(court: Court, streams: Open) -> None:
    request = court.request(WRONG, ADDS)
    policy = {"max_overrides": 2}
    gate, stream = court.gate(policy), streams()
    first = [await ask(gate, request, stream) for _ in range(2)]
    gate, stream = court.gate(policy), streams()
    again = [await ask(gate, request, stream) for _ in range(3)]
    assert again[:2] == first
    assert [(one.allowed, one.gate) for one in again] == [
        (True, "open"),
        (True, "open"),
        (False, "quota"),
    ]
    assert "2 overrides" in again[2].reason


async def test_an_interrupt_is_no_override(court: Court, streams: Open) -> None:
    gate, stream = court.gate({"max_overrides": 0}), streams()
    assert (await ask(gate, court.request(WRONG, ADDS, act="interrupt"), stream)).allowed
    assert not (await ask(gate, court.request(WRONG, ADDS), stream)).allowed


async def test_a_step_is_paid_once_however_many_overrides_it_makes(
    court: Court, streams: Open
) -> None:
    gate, stream = court.gate({"override_tokens": 1000}), streams()
    steps = [(1, 600), (1, 600), (2, 600), (3, 10)]
    decided = [
        await ask(gate, court.request(WRONG, ADDS, step=step, tokens=tokens), stream)
        for step, tokens in steps
    ]
    assert [one.allowed for one in decided] == [True, True, True, False]
    assert "1,000 tokens" in decided[3].reason


async def test_denied_overrides_cost_no_quota(court: Court, streams: Open) -> None:
    gate, stream = court.gate({"gate": "lottery", "lottery": 1.0, "max_overrides": 1}), streams()
    decided = [await ask(gate, court.request(WRONG, ADDS), stream) for _ in range(3)]
    assert {one.gate for one in decided} == {"lottery"}


async def test_a_lottery_draws_alike_over_a_resume(court: Court, streams: Open) -> None:
    policy = {"gate": "lottery", "lottery": 0.5}
    for asked in (["1.1", "1.2", "1.1"], ["1.1", "1.2", "1.1", "1.3"]):  # then resumed
        gate, stream = court.gate(policy), streams()
        decided = [
            await ask(gate, court.request(WRONG, ADDS, delegation=child), stream) for child in asked
        ]
        assert [one.draw for one in decided] == [draw(7, child) for child in asked]


def test_an_evidence_gate_without_a_test_is_refused_before_it_begins(court: Court) -> None:
    with pytest.raises(UsageFault, match="needs --test"):
        check_evidence(PRESETS["evidence"], None)
    check_evidence(PRESETS["evidence"], "make test")
    check_evidence(PRESETS["free"], None)
    with pytest.raises(UsageFault, match="needs --test"):
        make_gate(PRESETS["evidence"], court.parts())
