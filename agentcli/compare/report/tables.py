"""The report's tables as text, which every renderer shows: terminal, Markdown, HTML."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agentcli.compare.report.data import ArmReport, Report
from agentcli.compare.statistics import wording as say
from agentcli.compare.statistics.comparison import Comparison
from agentcli.compare.statistics.survival import Curve

Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of text under a title. The first column names the row, the others are figures."""

    title: str
    columns: Row
    rows: Sequence[Row]
    note: str


def tables(report: Report) -> list[Table]:
    """All that have something to show."""
    return list(_tables(report))


def _tables(report: Report) -> Iterator[Table]:
    yield _arms(report)
    if report.comparisons:
        yield _comparisons(report)
    if any(len(arm.repeats) > 1 for arm in report.arms):
        yield _repeats(report)
    if report.delegates:
        yield _overriding(report)
        yield _interruptions(report)
        if report.comparisons:
            yield _override_comparisons(report)
    if report.variance:
        yield _variance(report)


def _arms(report: Report) -> Table:
    def row(arm: ArmReport) -> Row:
        return (
            arm.facts.name,
            say.rate(arm.solved),
            say.rate(arm.solved_per_protocol),
            str(arm.infra),
            say.amount(arm.tokens, say.tokens),
            say.amount(arm.cost, say.dollars),
            say.amount(arm.seconds, say.seconds),
        )

    return Table(
        "Arms",
        ("arm", "solved", "without infra", "infra", "tokens", "cost", "time"),
        [row(arm) for arm in report.arms],
        "Solved: by intention to treat, that is, what infrastructure broke was not solved; with "
        "95 % intervals. Tokens, cost and time: of a typical run (geometric mean over tasks).",
    )


def _comparisons(report: Report) -> Table:
    def row(one: Comparison) -> Row:
        return (
            f"{one.a} − {one.b}",
            str(one.solved.pairs),
            say.gap(one.solved),
            say.p_value(one.solved.p),
            say.p_value(one.solved.adjusted),
            say.gap(one.solved_per_protocol),
            say.NOTHING if one.detectable is None else say.points(one.detectable).lstrip("+"),
            say.times(one.tokens),
            say.times(one.cost),
            say.times(one.seconds),
        )

    columns = ("arms", "pairs", "gap", "p", "p, Holm", "gap without infra", "detectable")
    return Table(
        "Pairs of arms",
        (*columns, "tokens", "cost", "time"),
        [row(one) for one in report.comparisons],
        "Over pairs of the same task and seed. Gap: points of solve rate, with a 95 % interval; "
        "detectable: the gap that so many pairs would find 4 times in 5. Tokens, cost and time: "
        "how many times the second arm's.",
    )


def _repeats(report: Report) -> Table:
    rows = [
        (arm.facts.name, str(one.k), say.percent(one.any_of_k), say.percent(one.all_of_k))
        for arm in report.arms
        for one in arm.repeats
    ]
    return Table(
        "Several tries of a task",
        ("arm", "k", "pass@k", "pass^k"),
        rows,
        "pass@k: at least one of k tries solves it. pass^k: all k do.",
    )


def _overriding(report: Report) -> Table:
    def row(arm: ArmReport) -> Row:
        found = arm.overriding
        return (
            arm.facts.name,
            arm.facts.policy or say.NOTHING,
            str(found.delegations),
            say.rate(found.overridden),
            say.rate(found.overwrite_at_5),
            say.rate(found.autonomous),
            say.rate(found.helpful),
            say.rate(found.harmful),
            say.rate(found.buggy_expected),
            say.rate(found.buggy_final),
            say.p_value(found.bugs_p),
        )

    columns = ("arm", "policy", "delegations", "overridden", "within 5", "alone", "helpful")
    return Table(
        "Who overrides whom",
        (*columns, "harmful", "buggy before", "buggy after", "p"),
        [row(arm) for arm in report.arms if arm.overriding.delegations],
        "Within 5: overridden or interrupted within the parent's first 5 looks. Helpful, harmful "
        "and buggy: of the overrides that could be scored. Parents override what looks bad, so "
        "none of this says what overriding causes.",
    )


def _interruptions(report: Report) -> Table:
    def row(arm: ArmReport) -> Row:
        found = arm.overriding.curve
        return (
            arm.facts.name,
            str(found.interrupted),
            str(found.censored),
            _median(found),
            say.tokens(found.naive_mean),
            say.tokens(found.cadence),
        )

    return Table(
        "Tokens before interruption",
        ("arm", "interrupted", "left alone", "median", "naive mean", "per look"),
        [row(arm) for arm in report.arms if arm.overriding.delegations],
        "A child's output tokens. The median is Kaplan–Meier's, which knows that a child left "
        "alone might have been interrupted later; the naive mean doesn't. Per look: tokens for "
        "each time that the parent could see, which bounds the figure from below.",
    )


def _override_comparisons(report: Report) -> Table:
    def row(one: Comparison) -> Row:
        return (
            f"{one.a} − {one.b}",
            say.number(one.delegations),
            say.p_value(one.delegations.adjusted),
            say.gap(one.overridden),
            say.p_value(one.overridden.adjusted),
            say.p_value(one.interruption.adjusted),
        )

    columns = ("arms", "delegations", "p", "overridden", "p", "p of interruption")
    return Table(
        "Delegating and overriding, pair by pair",
        columns,
        [row(one) for one in report.comparisons],
        "How many more delegations a run has, and how many points more of them are overridden. "
        "The last column is the log-rank test. All p after Holm.",
    )


def _variance(report: Report) -> Table:
    found = report.variance
    assert found is not None
    rows = [
        ("the task", say.percent(found.task)),
        ("tokens used, whatever the arm", say.percent(found.tokens)),
        ("the arm, whatever its tokens", say.percent(found.arm)),
        ("tokens or arm, not to be told apart", say.percent(found.either)),
        ("the rest: chance, and what was not measured", say.percent(found.rest)),
    ]
    return Table(
        "What success varies with",
        ("part", "share of variance"),
        rows,
        f"Over {found.trials} trials, adjusted for chance, so that nothing may show as a little "
        "below 0. Tokens were not dealt out at random: a hard task takes more and fails more, so "
        "this says what goes together, not what tokens cause.",
    )


def _median(found: Curve) -> str:
    if not found.steps:
        return say.NOTHING
    if found.median is None:
        return "not reached"
    low, high = (say.tokens(end) if end is not None else "∞" for end in found.median_interval)
    return f"{say.tokens(found.median)} ({low} to {high})"
