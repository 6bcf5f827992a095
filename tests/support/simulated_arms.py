"""Studies whose truth is known: outcomes drawn from arms of given rates.

Tasks are unlike (each has a difficulty that all arms meet) and arms are noisy, as real ones are.
Every figure that a report states has its true value here, so that one can count how often the
report's interval covers it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import beta

from agentcli.compare.outcome import Ledger, Outcome, Score
from agentcli.journal.ledger_events import DelegationMeasured, EffectMeasured, LedgerEntry

_ALIKE = 2.0  # concentration: how much tasks differ in difficulty; more is less
_SPREAD = 0.5  # standard deviation of log tokens, between tasks and between runs
_NEVER = float("inf")


@dataclass(frozen=True)
class SimulatedArm:
    """The truth about an arm."""

    name: str
    solves: float  # share of tries, over all tasks
    tokens: float = 20_000.0  # median of a run
    overrides: float | None = None  # share of delegations; None: it has none
    interrupted_after: float = _NEVER  # median output tokens, were children to work on for ever
    infra: float = 0.0  # share of runs that infrastructure breaks


@dataclass(frozen=True)
class SimulatedStudy:
    """Arms on tasks that are drawn anew for each study."""

    arms: Sequence[SimulatedArm]
    tasks: int
    seeds: int = 1
    seed: int = 0

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """All trials, interleaved as in a real study."""
        return list(self._draw(np.random.default_rng(self.seed)))

    def _draw(self, rng: np.random.Generator) -> Iterator[Outcome]:
        difficulty = rng.random(self.tasks)
        lengths = np.exp(rng.normal(0, _SPREAD, self.tasks))
        chances = {arm.name: _chances(arm.solves, difficulty) for arm in self.arms}
        for seed in range(1, self.seeds + 1):
            for task in range(self.tasks):
                for arm in self.arms:
                    solved = bool(rng.random() < chances[arm.name][task])
                    used = arm.tokens * lengths[task] * np.exp(rng.normal(0, _SPREAD))
                    yield _outcome(arm, task, seed, solved, int(used), rng)


def _chances(share: float, difficulty: np.ndarray) -> np.ndarray:
    """Each task's chance; their mean is `share`, and easy tasks are easy for every arm."""
    if share in (0.0, 1.0):
        return np.full(len(difficulty), share)
    return np.asarray(beta.ppf(difficulty, share * _ALIKE, (1 - share) * _ALIKE))


def _outcome(
    arm: SimulatedArm, task: int, seed: int, solved: bool, tokens: int, rng: np.random.Generator
) -> Outcome:
    score: Score = "infra" if rng.random() < arm.infra else "solved" if solved else "failed"
    run = f"{arm.name}-{task}-{seed}"
    return Outcome(
        trial=run,
        arm=arm.name,
        task=f"task-{task}",
        seed=seed,
        run_id=run,
        score=score,
        status={"infra": "infra", "solved": "verified", "failed": "not_verified"}[score],
        input_tokens=tokens - tokens // 5,
        output_tokens=tokens // 5,
        cost=tokens / 1e6,
        seconds=tokens / 100,
        steps=10,
        agents=1 if arm.overrides is None else 4,
        ledger=Ledger() if arm.overrides is None else _ledger(arm, arm.overrides, rng),
    )


def _ledger(arm: SimulatedArm, overrides: float, rng: np.random.Generator) -> Ledger:
    measured, entries, effects = [], [], []
    for number in range(1, 2 + int(rng.poisson(2))):
        overridden = bool(rng.random() < overrides)
        patience = rng.exponential(arm.interrupted_after / np.log(2))
        works = rng.exponential(400.0)
        measured.append(
            _delegation(number, overridden, bool(patience < works), min(patience, works))
        )
        if overridden:
            entries.append(_entry(number))
            effects.append(_effect(number, rng))
    return Ledger(delegations=tuple(measured), entries=tuple(entries), effects=tuple(effects))


def _delegation(number: int, overridden: bool, cut: bool, tokens: float) -> DelegationMeasured:
    return DelegationMeasured(
        delegation=f"1.{number}",
        parent="1",
        child=f"1.{number}",
        checkpoints=1,
        proposals=1,
        units=10,
        kept=2 if overridden else 10,
        changed=8 if overridden else 0,
        removed=0,
        overridden=overridden,
        interrupted=cut,
        within_five=overridden or cut,
        opportunities=3,
        output_tokens=max(1, round(tokens)),
        autonomous=not overridden and not cut,
    )


def _entry(number: int) -> LedgerEntry:
    return LedgerEntry(
        number=number,
        delegation=f"1.{number}",
        parent="1",
        child=f"1.{number}",
        kind="rewrite",
        at_seq=number,
        parent_step=number,
        opportunity=1,
        tokens=100,
        units=10,
        touched=8,
        child_tree="c" * 40,
        final="f" * 40,
    )


def _effect(number: int, rng: np.random.Generator) -> EffectMeasured:
    expected, final = bool(rng.random() < 0.6), bool(rng.random() < 0.6)
    effect = "neutral" if expected == final else "helpful" if final else "harmful"
    return EffectMeasured(
        number=number, effect=effect, expected_passed=expected, final_passed=final
    )
