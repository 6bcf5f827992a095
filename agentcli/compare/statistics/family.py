"""Several tests of one question: the more are made, the stricter each has to be."""

from collections.abc import Sequence

import numpy as np


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Each p after Holm's step-down (1979), which keeps the chance of any false alarm at 5 %.

    A None is a test that could not be made, and is none of the family.
    """
    # Not by statsmodels' multipletests: it collects garbage at every call, which on a report of
    # thousands of runs took longer than the statistics. The tests compare with it.
    made = np.array([p for p in ps if p is not None])
    order = np.argsort(made)
    steps = np.maximum.accumulate(made[order] * np.arange(len(made), 0, -1))
    made[order] = np.minimum(steps, 1.0)
    adjusted = iter(made)
    return [None if p is None else float(next(adjusted)) for p in ps]
