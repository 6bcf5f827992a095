"""The store: each trial has one owner at a time, and one score for good."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentcli.compare.outcome import Outcome
from agentcli.compare.plan import Trial, versions_here
from agentcli.compare.store import Claim, Store
from agentcli.journal.events import ModelReplied, Usage
from agentcli.journal.folds import Spending

TRIALS = [Trial(id=f"t{n}", arm="solo", task=f"task{n}", seed=1) for n in range(3)]
VERSIONS = versions_here()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "study.db") as made:
        made.begin(TRIALS, VERSIONS)
        yield made


def outcome(claim: Claim, score: str = "solved") -> Outcome:
    return Outcome(
        trial=claim.trial.id,
        **claim.trial.model_dump(exclude={"id"}),
        run_id=claim.run_id,
        score=score,
        status="verified",
        attempts=claim.attempt,
    )


def spending(tokens: int = 0, cost: float | None = 0.0) -> Spending:
    spent = Spending()
    spent.add(
        ModelReplied(
            step=1,
            model="m",
            text="",
            finish_reason="stop",
            usage=Usage(input=tokens),
            cost=cost,
            seconds=0,
        )
    )
    return spent


def claimed(store: Store) -> Claim:
    claim = store.claim()
    assert claim is not None
    return claim


def test_trials_are_handed_out_in_order_and_once(store: Store, tmp_path: Path) -> None:
    with Store(tmp_path / "study.db") as other:
        claims = [store.claim(), other.claim(), store.claim(), other.claim()]
    assert [c and c.trial for c in claims] == [*TRIALS, None]
    assert len({c.run_id for c in claims if c}) == 3


def test_a_score_is_written_once(store: Store) -> None:
    claim = claimed(store)
    assert store.score(claim, outcome(claim), spending())
    assert not store.score(claim, outcome(claim, "failed"), spending())
    assert [one.score for one in store.outcomes()] == ["solved"]


def test_beginning_again_changes_nothing_that_is_scored(store: Store) -> None:
    claim = claimed(store)
    store.score(claim, outcome(claim), spending(7))
    store.begin(TRIALS, VERSIONS)
    standing = store.standing()
    assert (standing.total, standing.solved, standing.waiting, standing.tokens) == (3, 1, 2, 7)


def test_a_lease_that_ran_out_is_given_to_another_and_the_late_score_is_refused(
    tmp_path: Path,
) -> None:
    with Store(tmp_path / "study.db", lease=-1) as slow, Store(tmp_path / "study.db") as fast:
        slow.begin(TRIALS[:1], VERSIONS)
        late = claimed(slow)
        taken = claimed(fast)
        assert (taken.trial, taken.run_id) == (late.trial, late.run_id)
        assert slow.renew({late: spending()}) == {late}
        assert fast.renew({taken: spending()}) == set()
        assert not slow.score(late, outcome(late, "failed"), spending())
        assert fast.score(taken, outcome(taken), spending())
        assert [one.score for one in fast.outcomes()] == ["solved"]


def test_what_a_dead_process_left_is_taken_at_once_and_goes_on_as_the_same_run(
    store: Store, tmp_path: Path
) -> None:
    program = (
        "import sys; from pathlib import Path; from agentcli.compare.store import Store\n"
        "print(Store(Path(sys.argv[1])).claim().run_id)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "study.db")]
    run_id = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    claim = claimed(store)
    assert (claim.trial, claim.run_id) == (TRIALS[0], run_id)


def test_infrastructure_is_tried_again_after_all_others_and_then_given_up(store: Store) -> None:
    tried: list[tuple[str, int]] = []
    while claim := store.claim():
        tried.append((claim.trial.id, claim.attempt))
        if claim.trial.id == "t0":
            store.fail(claim, outcome(claim, "infra"), spending(), tries=2)
        else:
            store.score(claim, outcome(claim), spending())
    assert tried == [("t0", 1), ("t1", 1), ("t2", 1), ("t0", 2)]
    assert store.standing().infra == 1
    store.begin(TRIALS, VERSIONS)
    again = claimed(store)
    assert (again.trial.id, again.attempt) == ("t0", 3)
    assert store.claim() is None


def test_what_is_given_back_was_no_attempt(store: Store) -> None:
    first = claimed(store)
    store.give_back(first, spending(5))
    again = claimed(store)
    assert (again.trial, again.run_id, again.attempt) == (first.trial, first.run_id, 1)
    assert store.standing().tokens == 5


def test_what_abandoned_runs_took_still_counts(store: Store) -> None:
    first = claimed(store)
    store.renew({first: spending(100, cost=0.5)})
    fresh = store.begin_anew(first)
    assert fresh.run_id != first.run_id
    store.score(fresh, outcome(fresh), spending(10, cost=None))
    standing = store.standing()
    assert (standing.tokens, standing.cost, standing.unpriced) == (110, 0.5, 1)


def test_new_ends_are_told_in_their_order(store: Store) -> None:
    for claim in (claimed(store), claimed(store)):
        store.score(claim, outcome(claim), spending())
    ((first, one), (_, two)) = store.ended_after(0.0)
    assert (one.trial, two.trial) == ("t0", "t1")
    assert [late.trial for _, late in store.ended_after(first)] == ["t1"]
