"""The report as one HTML file: no script, no request to anywhere, light and dark.

Each figure leads to what it was made of: to the runs of its arm, each run to its ledger and diff.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from agentcli.compare.outcome import Outcome
from agentcli.compare.report.data import Report
from agentcli.compare.report.figures import pictures
from agentcli.compare.report.tables import tables
from agentcli.compare.statistics import wording
from agentcli.journal.ledger_events import EffectMeasured, LedgerEntry
from agentcli.plain import plain

if TYPE_CHECKING:
    from jinja2 import Environment

PatchOf = Callable[[Outcome], str | None]  # None: the file doesn't hold it

_PATCH = 30_000  # characters of a run's diff that the page shows
_SIGNS = {"solved": "✓", "failed": "✗", "infra": "!"}


@dataclass(frozen=True)
class Act:
    """A line of a run's ledger, with its effect."""

    entry: LedgerEntry
    effect: EffectMeasured | None


@dataclass(frozen=True)
class Page:
    """What is shown of one run."""

    outcome: Outcome
    sign: str
    acts: Sequence[Act]
    patch: str | None
    clipped: bool


@dataclass(frozen=True)
class Line:
    """A task's line in the grid: for each arm its runs, by seed."""

    task: str
    cells: Sequence[Sequence[Page]]


def to_html(report: Report, patch_of: PatchOf = lambda _outcome: None) -> str:
    """The whole file. Raises UsageFault where matplotlib is not installed."""
    names = [arm.facts.name for arm in report.arms]
    pages = {name: [_page(one, patch_of) for one in group] for name, group in _by_arm(report)}
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            pages=pages,
            anchors={name: f"arm-{number}" for number, name in enumerate(names)},
            grid=_grid(names, pages),
            tables=tables(report),
            pictures=pictures(report),
            leads_to=_leads_to,
        )
    )


def _by_arm(report: Report) -> list[tuple[str, list[Outcome]]]:
    return [(name, list(group)) for name, group in groupby(report.outcomes, lambda one: one.arm)]


def _page(outcome: Outcome, patch_of: PatchOf) -> Page:
    effects = {effect.number: effect for effect in outcome.ledger.effects}
    patch = patch_of(outcome)
    return Page(
        outcome,
        _SIGNS[outcome.score],
        [Act(entry, effects.get(entry.number)) for entry in outcome.ledger.entries],
        None if patch is None else plain(patch[:_PATCH]),
        clipped=patch is not None and len(patch) > _PATCH,
    )


def _grid(names: Sequence[str], pages: Mapping[str, Sequence[Page]]) -> list[Line]:
    """The tasks in the order of work, each with what the arms made of it."""
    places: dict[str, dict[str, list[Page]]] = {}
    for name in names:
        for page in pages[name]:
            places.setdefault(page.outcome.task, {}).setdefault(name, []).append(page)
    return [
        Line(
            task,
            [sorted(cells.get(name, []), key=lambda page: page.outcome.seed) for name in names],
        )
        for task, cells in places.items()
    ]


def _leads_to(row: Sequence[str], anchors: Mapping[str, str]) -> str:
    """Where the figures of a row come from: an arm's runs, else the grid of all."""
    return anchors.get(row[0], "grid")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("agentcli.compare.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,  # names, reasons and diffs are other people's words
        auto_reload=False,
    )
    made.filters |= {
        "plain": plain,
        "tokens": wording.tokens,
        "dollars": wording.dollars,
        "seconds": wording.seconds,
    }
    return made
