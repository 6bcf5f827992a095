"""Small studies written down by hand: which trials were solved."""

from collections.abc import Mapping, Sequence

from agentcli.compare.outcome import Ledger, Outcome
from agentcli.compare.statistics.pairs import Pair, Trials

MARKS = {"+": "solved", "-": "failed", "!": "infra"}


def outcome(
    arm: str, task: int, seed: int, mark: str, tokens: int = 1000, ledger: Ledger | None = None
) -> Outcome:
    return Outcome.model_validate(
        {
            "trial": f"{arm}/{task}/{seed}",
            "arm": arm,
            "task": f"task-{task}",
            "seed": seed,
            "run_id": f"{arm}-{task}-{seed}",
            "score": MARKS[mark],
            "status": "verified" if mark == "+" else "not_verified",
            "input_tokens": tokens,
            "cost": tokens / 1e6,
            "seconds": tokens / 50,
            "ledger": ledger or Ledger(),
        }
    )


def study(arms: Mapping[str, Sequence[str]]) -> list[Outcome]:
    """`{"a": ["++", "+-"]}`: arm a solves task 0 with both seeds, task 1 with the first."""
    return [
        outcome(arm, task, seed, mark)
        for arm, tasks in arms.items()
        for task, marks in enumerate(tasks)
        for seed, mark in enumerate(marks, start=1)
    ]


def pairs(a: Sequence[str], b: Sequence[str]) -> list[Pair]:
    return Trials(study({"a": a, "b": b})).pairs("a", "b")
