"""Tokens before interruption: children that were left alone count as not yet interrupted."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from agentcli.compare.statistics.survival import curve, log_rank
from agentcli.delegation.ledger.rates import TokensBefore


def children(interrupted: list[int], censored: list[int]) -> TokensBefore:
    return TokensBefore(tuple(interrupted), tuple(censored), ("step",), 50.0)


RNG = np.random.default_rng(5)
IMPATIENT = children(RNG.integers(10, 300, 30).tolist(), RNG.integers(10, 300, 10).tolist())
PATIENT = children(RNG.integers(100, 900, 12).tolist(), RNG.integers(100, 900, 28).tolist())


def test_the_curve_is_kaplan_and_meiers() -> None:
    times = [*IMPATIENT.interrupted, *IMPATIENT.censored]
    ended = [1] * len(IMPATIENT.interrupted) + [0] * len(IMPATIENT.censored)
    other = SurvfuncRight(times, ended)
    steps = curve(IMPATIENT).steps
    assert [step.tokens for step in steps] == list(other.surv_times)
    assert [step.surviving for step in steps] == pytest.approx(list(other.surv_prob))
    assert [step.at_risk for step in steps] == list(other.n_risk)
    assert curve(IMPATIENT).median == other.quantile(0.5)


def test_the_median_has_an_interval_around_it() -> None:
    found = curve(IMPATIENT)
    low, high = found.median_interval
    assert found.median is not None and low is not None and high is not None
    assert low <= found.median <= high


def test_a_median_that_is_not_reached_is_none() -> None:
    found = curve(children([100], [200, 300, 400]))
    assert (found.median, found.median_interval[1]) == (None, None)
    assert found.naive_mean == 100


def test_nobody_interrupted_has_no_curve() -> None:
    assert curve(children([], [10, 20])).steps == ()


def test_arms_are_told_apart_by_the_log_rank_test() -> None:
    times, ended, arm = [], [], []
    for number, one in enumerate((IMPATIENT, PATIENT)):
        times += [*one.interrupted, *one.censored]
        ended += [1] * len(one.interrupted) + [0] * len(one.censored)
        arm += [number] * (len(one.interrupted) + len(one.censored))
    _, expected = survdiff(np.array(times), np.array(ended), np.array(arm))
    assert log_rank(IMPATIENT, PATIENT).p == pytest.approx(expected)


@pytest.mark.parametrize("other", [children([], []), children([], [5])])
def test_without_any_interruption_there_is_no_test(other: TokensBefore) -> None:
    assert log_rank(children([], [10]), other).p is None
