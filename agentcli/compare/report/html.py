"""The report as one HTML file: no script, no request to anywhere, light and dark.

Each figure leads to what it was made of: to the runs of its arm, each run to its agents, ledger
and diff.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from agentcli.compare.outcome import Outcome
from agentcli.compare.report.data import Report
from agentcli.compare.report.evidence import Evidence
from agentcli.compare.report.figures import pictures
from agentcli.compare.report.tables import tables
from agentcli.compare.statistics import wording
from agentcli.journal.folds import AgentView
from agentcli.journal.ledger_events import EffectMeasured, LedgerEntry
from agentcli.plain import plain

if TYPE_CHECKING:
    from jinja2 import Environment

_NOTHING: Mapping[str, Evidence] = MappingProxyType({})
_PATCH = 30_000  # characters of a run's diff that the page shows
_PATCHES = 24_000_000  # of all of them: it must stay a page that a browser opens
_CHANGED = re.compile(r"^(?:(\+.*(?:\n\+.*)*)|(-.*(?:\n-.*)*))$", re.MULTILINE)
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
    agents: Sequence[AgentView]
    patch: Markup | None  # None: it is not on this machine
    clipped: bool


@dataclass(frozen=True)
class Line:
    """A task's line in the grid: for each arm its runs, by seed."""

    task: str
    cells: Sequence[Sequence[Page]]


def to_html(report: Report, evidence: Mapping[str, Evidence] = _NOTHING) -> str:
    """The whole file; `evidence` by run. Raises UsageFault where matplotlib is not installed."""
    names = [arm.facts.name for arm in report.arms]
    room = min(_PATCH, _PATCHES // max(1, len(report.outcomes)))
    pages = {
        name: [_page(one, evidence.get(one.run_id or ""), room) for one in group]
        for name, group in _by_arm(report)
    }
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


def _page(outcome: Outcome, found: Evidence | None, room: int) -> Page:
    effects = {effect.number: effect for effect in outcome.ledger.effects}
    patch = found.patch if found else None
    return Page(
        outcome,
        _SIGNS[outcome.score],
        [Act(entry, effects.get(entry.number)) for entry in outcome.ledger.entries],
        found.agents if found else (),
        None if patch is None else _marked(patch[:room]),
        clipped=patch is not None and len(patch) > room,
    )


def _marked(patch: str) -> Markup:
    """A patch whose lines are marked as added or removed."""
    text = str(escape(plain(patch)))
    return Markup(_CHANGED.sub(lambda line: _mark(line, "ins" if line[1] else "del"), text))


def _mark(line: re.Match[str], tag: str) -> str:
    return f"<{tag}>{line[0]}</{tag}>"


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
