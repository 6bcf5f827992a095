"""The article's table: what was measured here, above what the article published."""

from collections.abc import Sequence
from typing import Any

from agentcli.cli.say import echo
from agentcli.compare.article import PUBLISHED, PUBLISHED_BUGS, Published, Row
from agentcli.compare.statistics.survival import curve
from agentcli.delegation.ledger.rates import BugPair, Share, TokensBefore, rates_json

_MEASURED = ("overwritten @5", "tokens before", "autonomous", "bugs after / before")
_NO_N = "no n given"


def print_article(rows: Sequence[Row]) -> None:
    """The four columns with n and 95 % intervals, and below them the published figures."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Who overrides whom", show_lines=True)
    for name in ("model", "policy", "runs"):
        table.add_column(name, overflow="fold")
    for name in _MEASURED:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(row.model, row.policy, _runs(row), *_cells(row))
    table.add_section()
    for known in PUBLISHED:
        table.add_row(known.model, "published elsewhere", _NO_N, *_published(known))
    after, before = PUBLISHED_BUGS
    bugs = f"{after} % / {before} %"
    table.add_row("all four", "published elsewhere", _NO_N, "–", "–", "–", bugs)
    Console(soft_wrap=False).print(table)
    for line in (
        "Shares are hits of n with Wilson's 95 % interval; tokens the Kaplan–Meier median of a "
        "coder's output with Brookmeyer and Crowley's.",
        "Bugs: the test fails on overridden work after the planner's act, and as its coder left "
        "it; p is McNemar's.",
        "Published elsewhere: the article's own figures, without definitions, sample sizes or "
        "code. They were not measured here.",
    ):
        echo(line)


def article_json(rows: Sequence[Row]) -> dict[str, Any]:
    """The same for programs; null where there is nothing."""
    after, before = PUBLISHED_BUGS
    return {
        "measured": [_row_json(row) for row in rows],
        "published_elsewhere": {
            "models": [vars(known) for known in PUBLISHED],
            "bugs": {"final": after, "expected": before},
            "n": None,
        },
    }


def _runs(row: Row) -> str:
    if not row.runs and not row.infra:
        return "none yet"
    infra = f"; {row.infra} failed by infrastructure" if row.infra else ""
    return f"{len(row.runs)}, {row.solved} solved{infra}"


def _cells(row: Row) -> tuple[str, str, str, str]:
    found = row.rates
    return (
        _share(found.overwrite_at_5, "no coder wrote anything"),
        _tokens(found.tokens_before),
        _share(found.autonomous, "nothing was judged"),
        _bugs(found.bugs),
    )


def _published(known: Published) -> tuple[str, str, str, str]:
    return f"{known.overwrite_at_5} %", str(known.tokens_before), f"{known.autonomous} %", "–"


def _share(share: Share, nothing: str) -> str:
    if share.value is None or share.interval is None:
        return f"{nothing} (n = 0)"
    low, high = share.interval
    return f"{share.value:.0%} ({share.hits} of {share.n}; {low:.0%}–{high:.0%})"


def _tokens(tokens: TokensBefore) -> str:
    """With the oversight's cadence, which bounds the figure from below."""
    n = len(tokens.interrupted) + len(tokens.censored)
    if not n:
        return "no coder began (n = 0)"
    if not tokens.interrupted:
        return f"never interrupted (0 of {n})"
    found = curve(tokens)
    low, high = map(_bound, found.median_interval)
    looks = "" if tokens.cadence is None else f"; a look every {tokens.cadence:.0f}"
    return (
        f"{_bound(tokens.median)} ({len(tokens.interrupted)} of {n} interrupted; {low}–{high}; "
        f"mean {tokens.naive_mean:.0f}{looks})"
    )


def _bound(tokens: float | None) -> str:
    return "not reached" if tokens is None else f"{tokens:.0f}"


def _bugs(bugs: BugPair) -> str:
    if not bugs.final.n:
        return "no override to judge (n = 0)"
    p = "" if bugs.p is None else f"; p = {bugs.p:.2g}"
    return f"{_share(bugs.final, '')} / {_share(bugs.expected, '')}{p}"


def _row_json(row: Row) -> dict[str, Any]:
    low, high = curve(row.rates.tokens_before).median_interval
    measured = rates_json(row.rates)
    measured["tokens_before_interruption"]["median_interval"] = [low, high]
    return {
        "model": row.model,
        "policy": row.policy,
        "run_ids": list(row.runs),
        "solved": row.solved,
        "infra": row.infra,
        **measured,
    }
