"""`evidence`: the verifier runs on both trees, and only what is better may replace a version."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from agentcli.delegation.gates.evidence import EvidenceGate
from agentcli.delegation.judging import REPEATS, Verdicts
from agentcli.errors import SandboxFault
from agentcli.journal.events import Verified
from agentcli.sandbox.base import Backend
from agentcli.sandbox.bubblewrap import BubblewrapBackend
from agentcli.sandbox.docker import DockerBackend
from tests.delegation.gates.conftest import ADDS, DOUBLES, RIGHT, TEST, WRONG, Court

BROKEN = "def add(:\n"


@pytest.mark.parametrize(
    ("without", "with_act", "allowed", "reason"),
    [
        (WRONG, RIGHT, True, "mends"),
        (RIGHT, WRONG, False, "breaks"),
        (WRONG, ADDS, True, "mends test_add"),  # both fail, one of them less
        (ADDS, WRONG, False, "breaks test_add"),
        (ADDS, DOUBLES, False, "mends test_double (test_calc.T.test_double) and breaks"),
        (RIGHT, RIGHT + "\n# mine\n", False, "say the same"),
        (WRONG, WRONG + "\n# mine\n", False, "say the same"),
        (ADDS, BROKEN, False, "breaks"),
    ],
)
async def test_the_better_version_lands_and_a_tie_keeps_the_childs(
    court: Court, without: str, with_act: str, allowed: bool, reason: str
) -> None:
    decision = await EvidenceGate(Verdicts(court.verify)).decide(court.request(without, with_act))
    assert (decision.allowed, reason in decision.reason) == (allowed, True), decision.reason


@pytest.mark.parametrize(
    "backend",
    [
        BubblewrapBackend(),
        pytest.param(
            DockerBackend(), marks=[pytest.mark.docker, pytest.mark.xdist_group("docker")]
        ),
    ],
)
async def test_it_judges_in_an_isolated_sandbox(court: Court, backend: Backend) -> None:
    if missing := await backend.available():
        pytest.skip(missing)
    judge = partial(court.verify, command="python3 -m unittest -q", backend=backend)
    decision = await EvidenceGate(Verdicts(judge)).decide(court.request(WRONG, RIGHT))
    assert decision.allowed, decision.reason


async def test_the_same_tree_needs_no_verdict(court: Court) -> None:
    async def never(tree: str) -> Verified:
        raise AssertionError("nothing is to be judged")

    assert (await EvidenceGate(Verdicts(never)).decide(court.request(RIGHT, RIGHT))).allowed


async def test_weakened_tests_prove_nothing(court: Court) -> None:
    """The verdict with the original tests counts."""
    faked = court.run.tree({"calc.py": WRONG, "test_calc.py": TEST.replace("6", "2")})
    request = replace(court.request(WRONG, WRONG), with_act=faked)
    decision = await EvidenceGate(Verdicts(court.verify)).decide(request)
    assert (decision.allowed, "say the same" in decision.reason) == (False, True)


async def test_what_can_not_be_judged_is_not_let_through(court: Court) -> None:
    async def without_sandbox(tree: str) -> Verified:
        raise SandboxFault("The set-up command failed: no such tool")

    decision = await EvidenceGate(Verdicts(without_sandbox)).decide(court.request(WRONG, RIGHT))
    assert not decision.allowed
    assert "no such tool" in decision.reason


async def test_what_one_look_sees_and_repeats_do_not_proves_nothing(
    court: Court, tmp_path: Path
) -> None:
    """A command that fails every other time, whatever it is run on."""
    runs = tmp_path / "count"
    flaky = f"echo run >> {runs}; test $(( $(wc -l < {runs}) % 2 )) = 0"
    verdicts = Verdicts(partial(court.verify, command=flaky))
    decision = await EvidenceGate(verdicts).decide(court.request(WRONG, RIGHT))
    assert (decision.allowed, decision.reason) == (
        False,
        "Repeats disagree about what the tests say.",
    )
    assert len(runs.read_text().splitlines()) == 2 * REPEATS


async def test_a_tree_that_was_judged_before_is_not_judged_again(court: Court) -> None:
    judged = []

    async def judge(tree: str) -> Verified:
        judged.append(tree)
        return await court.verify(tree)

    gate = EvidenceGate(Verdicts(judge))
    for _ in range(2):
        assert (await gate.decide(court.request(WRONG, RIGHT))).allowed
    assert len(judged) == 2 * REPEATS
