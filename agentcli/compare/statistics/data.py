"""The figures of a study as frozen data: each has its n and, where it has one, a 95 % interval.

Intervals are None where there is nothing to make one from. Shares are between 0 and 1.
"""

from pydantic import BaseModel, ConfigDict

Interval = tuple[float, float]


class Figure(BaseModel):
    """Base of all figures."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Rate(Figure):
    """`hits` of `n`, in `clusters` groups that may resemble themselves (the tasks)."""

    hits: int
    n: int
    clusters: int
    interval: Interval | None

    @property
    def value(self) -> float | None:
        """None of nothing."""
        return self.hits / self.n if self.n else None


class Difference(Figure):
    """Arm A less arm B, over pairs that share task and seed; each task counts once.

    `more_a` and `more_b` count the pairs in which one of them had more. `p` is two-sided; None
    where no pair differs. `adjusted` is p after Holm, over all pairs of arms.
    """

    tasks: int
    pairs: int
    value: float | None
    interval: Interval | None
    more_a: int
    more_b: int
    p: float | None
    adjusted: float | None = None


class Ratio(Figure):
    """How many times arm A's amount is of arm B's: the geometric mean over tasks.

    `left_out` are pairs where an amount is zero or unknown; `p` and `adjusted` as above.
    """

    tasks: int
    pairs: int
    left_out: int
    value: float | None
    interval: Interval | None
    p: float | None
    adjusted: float | None = None


class Amount(Figure):
    """What trials took of something: tokens, US dollars or seconds.

    `typical` is the geometric mean over tasks with Student's interval of the logarithms, so that
    two arms' typical amounts compare as their `Ratio`. `unknown`: trials without a figure.
    """

    n: int
    unknown: int
    total: float
    typical: float | None
    interval: Interval | None
