"""The detectable gap is one that such a study does find 4 times in 5."""

import numpy as np
import pytest
from scipy.stats import binomtest

from agentcli.compare.statistics.differences import SOLVED, difference
from agentcli.compare.statistics.power import detectable, mcnemar_detectable, mcnemar_power
from tests.compare.statistics.studies import pairs


@pytest.mark.parametrize(("n", "gap"), [(30, 0.27), (225, 0.105)])
def test_thirty_pairs_see_a_gap_of_thirty_points_and_ten_points_take_hundreds(
    n: int, gap: float
) -> None:
    assert mcnemar_detectable(n) == pytest.approx(gap, abs=0.01)


def test_the_power_is_what_many_studies_find() -> None:
    rng = np.random.default_rng(3)
    n, gap, differing, studies = 60, 0.2, 0.3, 1500
    shares = [(differing + gap) / 2, (differing - gap) / 2, 1 - differing]
    drawn = rng.multinomial(n, shares, studies)
    found = [binomtest(int(a), int(a + b)).pvalue <= 0.05 for a, b, _ in drawn if a + b]
    power = mcnemar_power(n, gap, differing)
    assert sum(found) / studies == pytest.approx(power, abs=0.035)  # 3 standard errors


def test_more_pairs_see_smaller_gaps() -> None:
    gaps = [mcnemar_detectable(n) for n in (12, 30, 100, 400)]
    assert gaps == sorted(gaps, key=lambda gap: -(gap or 1))


def test_a_handful_of_pairs_sees_nothing() -> None:
    assert mcnemar_detectable(5) is None
    assert detectable(pairs("+", "-"), SOLVED) is None
    assert detectable([], SOLVED) is None


def test_with_several_seeds_it_is_about_the_tasks() -> None:
    """A gap of that size lies about as far from the interval's ends as 4 in 5 asks for."""
    given = pairs(["+++", "++-", "---", "+--"] * 8, ["++-", "+--", "---", "+-+"] * 8)
    gap, interval = detectable(given, SOLVED), difference(given, SOLVED).interval
    assert gap is not None and interval is not None
    half = (interval[1] - interval[0]) / 2
    assert gap == pytest.approx(half * (1.96 + 0.84) / 1.96, rel=0.1)
