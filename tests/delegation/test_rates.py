"""Rates: known ledgers come to known figures, each with its n."""

from typing import Any

import pytest

from agentcli.delegation.ledger.rates import BugPair, Share, TokensBefore, rates
from agentcli.journal.events import DelegationMeasured, EffectMeasured, LedgerEntry
from agentcli.journal.ledger_folds import LedgerView


def measured(number: int, **more: Any) -> DelegationMeasured:
    given: dict[str, Any] = {
        "delegation": f"1.{number}",
        "parent": "1",
        "child": f"1.{number}",
        "checkpoints": 1,
        "proposals": 1,
        "units": 10,
        "kept": 10,
        "changed": 0,
        "removed": 0,
        "overridden": False,
        "interrupted": False,
        "within_five": False,
        "opportunities": 2,
        "output_tokens": 100,
        "autonomous": True,
    }
    return DelegationMeasured(**{**given, **more})


def entry(number: int, kind: str = "rewrite") -> LedgerEntry:
    return LedgerEntry(
        number=number,
        delegation="1.1",
        parent="1",
        child="1.1",
        kind=kind,  # type: ignore[arg-type]
        at_seq=9,
        parent_step=3,
        opportunity=1,
        tokens=500,
        units=10,
        touched=8,
        child_tree="c",
        final="f",
    )


def effect(number: int, expected: bool, final: bool) -> EffectMeasured:
    words = {(True, False): "harmful", (False, True): "helpful"}
    word = words.get((expected, final), "neutral")
    return EffectMeasured(
        number=number,
        effect=word,  # type: ignore[arg-type]
        expected_passed=expected,
        final_passed=final,
    )


def ledger(run: str, *parts: DelegationMeasured | LedgerEntry | EffectMeasured) -> LedgerView:
    view = LedgerView(run)
    for part in parts:
        match part:
            case DelegationMeasured():
                view.delegations[part.delegation] = part
            case LedgerEntry():
                view.entries[part.number] = part
            case EffectMeasured():
                view.effects[part.number] = part
    return view


def test_a_share_has_wilsons_interval() -> None:
    share = Share(7, 10)
    assert share.value == 0.7
    assert share.interval == pytest.approx((0.397, 0.892), abs=1e-3)


def test_nothing_has_no_share() -> None:
    nothing = rates([LedgerView("empty")])
    assert nothing.overwrite_at_5 == Share(0, 0)
    assert nothing.overwrite_at_5.value is nothing.overwrite_at_5.interval is None
    assert nothing.tokens_before.median is nothing.tokens_before.naive_mean is None
    assert nothing.bugs.p is None


def test_the_overwrite_rate_counts_delegations_that_wrote_something() -> None:
    found = rates(
        [
            ledger("a", measured(1, overridden=True, within_five=True), measured(2)),
            ledger("b", measured(1, overridden=True), measured(2, checkpoints=0, overridden=True)),
        ]
    )
    assert (found.runs, found.delegations) == (2, 4)
    assert found.overwrite_at_5 == Share(1, 3)
    assert found.overridden == Share(2, 3)


def test_autonomy_counts_what_was_verified() -> None:
    view = ledger("a", measured(1), measured(2, autonomous=False), measured(3, autonomous=None))
    assert rates([view]).autonomous == Share(1, 2)


def test_tokens_before_interruption_are_censored_where_nobody_interrupted() -> None:
    cut = [measured(n, interrupted=True, output_tokens=10 * n) for n in (1, 2, 3)]
    whole = [measured(n, output_tokens=1000) for n in (4, 5)]
    tokens = rates([ledger("a", *cut, *whole)]).tokens_before
    assert tokens.naive_mean == 20
    assert tokens.median == 30  # of five, the third is where half of them were interrupted
    assert tokens.cadence == (60 + 2000) / 10


def test_fewer_than_half_interrupted_have_no_median() -> None:
    tokens = TokensBefore(interrupted=(5,), censored=(50, 60, 70), oversight=(), cadence=None)
    assert tokens.naive_mean == 5
    assert tokens.median is None


def test_the_articles_pair_is_over_overridden_work_that_could_be_scored() -> None:
    unscorable = EffectMeasured(
        number=9, effect="unscorable", expected_passed=None, final_passed=True
    )
    outcomes = [(True, False)] * 6 + [(False, True)] + [(True, True)]
    effects = [effect(n, *outcome) for n, outcome in enumerate(outcomes, start=1)]
    entries = [entry(n) for n in range(1, 10)]
    found = rates([ledger("a", *entries, *effects, unscorable)])
    assert found.bugs.expected == Share(1, 8)
    assert found.bugs.final == Share(6, 8)
    assert (found.bugs.broke, found.bugs.mended) == (6, 1)
    assert found.bugs.p == pytest.approx(0.125)
    assert found.effects == {"harmful": 6, "helpful": 1, "neutral": 1, "unscorable": 1}


def test_what_is_no_override_has_no_effect() -> None:
    view = ledger("a", entry(1, "revise_request"), effect(1, True, False))
    found = rates([view])
    assert found.kinds == {"revise_request": 1}
    assert found.bugs == BugPair(Share(0, 0), Share(0, 0), 0, 0)
