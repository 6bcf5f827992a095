"""How much of what makes trials succeed or fail goes with the task, the tokens and the arm.

Shares of the variance of solved or not. First the task's; then, within tasks, what tokens alone
and the arm alone account for, and what can't be told apart because the arms use unlike amounts
(commonality analysis, Newton & Spurrell 1967). Adjusted for what chance alone would give, so that
a share of nothing is about zero and may come out below it.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from agentcli.compare.outcome import Outcome
from agentcli.compare.statistics.data import Figure

Array = NDArray[np.float64]


class Variance(Figure):
    """Shares of the whole variance. `tokens` + `arm` + `either` + `task` + `rest` = 1."""

    trials: int
    task: float
    tokens: float  # within tasks, only by how many tokens were used
    arm: float  # within tasks, only by the arm
    either: float  # within tasks, by arms that differ in tokens
    rest: float

    @property
    def tokens_at_most(self) -> float:
        """All that tokens could account for."""
        return self.tokens + self.either


def variance(outcomes: Iterable[Outcome]) -> Variance | None:
    """Over all trials that a model took part in; None where there is too little of it to share."""
    trials = [o for o in outcomes if o.score != "infra" and o.tokens]
    tasks, task = np.unique([o.task for o in trials], return_inverse=True)
    arms, arm = np.unique([o.arm for o in trials], return_inverse=True)
    solved = np.array([float(o.score == "solved") for o in trials])
    freedom = len(trials) - len(tasks)
    if len(arms) < 2 or freedom <= len(arms) or solved.std() == 0:
        return None
    within = _within(solved, task)
    token_part = _within(np.log([o.tokens for o in trials]), task)[:, None]
    arm_part = np.column_stack([_within(one, task) for one in np.eye(len(arms))[1:, arm]])

    def explained(part: Array) -> float:
        return _adjusted(within, part, freedom)

    both = explained(np.hstack([token_part, arm_part]))
    by_tokens, by_arm = explained(token_part), explained(arm_part)
    inside = _mean_square(within, freedom) / _mean_square(solved - solved.mean(), len(solved) - 1)
    return Variance(
        trials=len(trials),
        task=1 - inside,
        tokens=inside * (both - by_arm),
        arm=inside * (both - by_tokens),
        either=inside * (by_tokens + by_arm - both),
        rest=inside * (1 - both),
    )


def _within(values: Array, groups: NDArray[np.intp]) -> Array:
    """What is left of the values after each group's mean."""
    means = np.bincount(groups, values) / np.bincount(groups)
    left: Array = values - means[groups]
    return left


def _mean_square(values: Array, freedom: int) -> float:
    return float(values @ values) / freedom


def _adjusted(target: Array, predictors: Array, freedom: int) -> float:
    """The adjusted R² of least squares."""
    found, _, rank, _ = np.linalg.lstsq(predictors, target, rcond=None)
    left = target - predictors @ found
    total = _mean_square(target, freedom)
    return 1 - _mean_square(left, freedom - int(rank)) / total if total else 0.0
