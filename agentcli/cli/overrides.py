"""`overrides`: who overruled whom in a run, and what came of it."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from agentcli.cli.measures import summary, together
from agentcli.cli.options import named_run, run_argument
from agentcli.cli.say import echo, secho
from agentcli.journal.events import Event, InterruptionFound, LedgerEntry
from agentcli.journal.ledger_folds import LedgerView
from agentcli.journal.store import Journal

if TYPE_CHECKING:
    from agentcli.delegation.ledger.companions import Companions

_EFFECTS = {"harmful": "red", "helpful": "green", "mixed": "yellow"}
_LEGEND = (
    "units: definitions or lines a child wrote, touched/all; looks: the parent's calls that could "
    "see them; the rest: docs/overrides.md"
)
_HEADINGS = ("K", "who", "when", "tokens", "kind", "units", "effect")


@click.command()
@run_argument
@click.option("--all", "everything", is_flag=True, help="Also acts that are no overrides.")
@click.option(
    "--diff", "number", type=int, metavar="K", help="What override K changed, as a patch."
)
@click.option("--side-by-side", is_flag=True, help="With --diff: the two versions in columns.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
def overrides(
    run: str, everything: bool, number: int | None, side_by_side: bool, as_json: bool
) -> None:
    """Show who overrode whose work in RUN, found from the trees, and whether it helped.

    `agentcli restore RUN K` takes the child's version of override K after all.
    """
    from agentcli.delegation.ledger.companions import companions
    from agentcli.runs.complete import complete_ledger

    with Journal() as journal:
        run_id = named_run(journal, run)
        view = asyncio.run(complete_ledger(run_id, journal, _progress))
        events = list(journal.events(run_id))
    if number is not None:
        _show_diff(view, events, number, side_by_side)
        return
    entries = [e for e in view.entries.values() if everything or e.is_override]
    if as_json:
        print_json(view, entries, companions(events))
        return
    _print_ledger(view, entries)
    for line in together(view, companions(events)):
        echo(line)
    if rows(view, entries):
        secho(_LEGEND, dim=True)


def print_json(view: LedgerView, entries: Sequence[LedgerEntry], companions: "Companions") -> None:
    """One object: every event with its effect, the delegations, and the rates."""
    from agentcli.delegation.ledger.lottery import lottery_effect, lottery_json
    from agentcli.delegation.ledger.rates import rates, rates_json

    effects = view.effects
    data = {
        "run": view.run_id,
        "overrides": [
            {
                **entry.model_dump(mode="json", exclude={"type"}),
                "is_override": entry.is_override,
                "effect": effects[entry.number].model_dump(mode="json", exclude={"type", "number"})
                if entry.number in effects
                else None,
                "restored": entry.number in view.restored,
            }
            for entry in entries
        ],
        "interruptions": [
            body.model_dump(mode="json", exclude={"type"}) for body in view.interruptions.values()
        ],
        "delegations": [
            body.model_dump(mode="json", exclude={"type"}) for body in view.delegations.values()
        ],
        "rates": rates_json(rates([view])),
        "lottery": lottery_json(lottery_effect(view.lottery.values())),
        "companions": {**vars(companions), "coordination": companions.coordination},
        "failure": view.failure,
    }
    echo(json.dumps(data, ensure_ascii=False))


def print_section(view: LedgerView) -> None:
    """The ledger as a part of `show`; nothing where nobody worked for anybody."""
    if view.delegated:
        _print_ledger(view, view.overrides)


def section_json(view: LedgerView) -> dict[str, Any]:
    """The ledger's counts, as a part of `show --json`."""
    effects = Counter(effect.effect for effect in view.effects.values())
    return {
        "delegations": len(view.delegations),
        "overrides": len(view.overrides),
        "interruptions": len(view.interruptions),
        "effects": dict(effects),
        "failure": view.failure,
    }


def rows(view: LedgerView, entries: Sequence[LedgerEntry]) -> list[tuple[str, ...]]:
    """A row per event in the order of the acts."""
    found = [(entry.at_seq, _entry_row(view, entry)) for entry in entries]
    found += [(body.at_seq, _interruption_row(body)) for body in view.interruptions.values()]
    return [row for _, row in sorted(found)]


def _print_ledger(view: LedgerView, entries: Sequence[LedgerEntry]) -> None:
    if rows(view, entries):
        _print_table(view, entries)
    for line in summary(view):
        echo(line)


def _entry_row(view: LedgerView, entry: LedgerEntry) -> tuple[str, ...]:
    effect = view.effects.get(entry.number)
    unmeasured = "being measured" if view.measuring else ""
    said: str = effect.effect if effect is not None else unmeasured if entry.is_override else "–"
    if entry.number in view.restored:
        said = f"{said}, restored".removeprefix(", ")
    return (
        str(entry.number),
        f"{entry.parent} → {entry.child}",
        f"step {entry.parent_step}",
        f"{entry.tokens:,}",
        entry.kind.replace("_", " "),
        f"{entry.touched}/{entry.units}",
        said,
        entry.reason,
    )


def _interruption_row(body: InterruptionFound) -> tuple[str, ...]:
    kind = f"interruption: {body.how}" + (", early" if body.early else "")
    when = f"its step {body.child_step}"
    who = f"{body.parent} → {body.child}"
    return ("", who, when, f"{body.output_tokens:,} out", kind, "", "–", body.reason)


def _print_table(view: LedgerView, entries: Sequence[LedgerEntry]) -> None:
    """A line of facts for each event, and below it what the parent said about it."""
    told = rows(view, entries)
    table = [_HEADINGS, *(facts for *facts, _ in told)]
    widths = [max(len(row[at]) for row in table) for at in range(len(_HEADINGS))]

    def line(cells: Sequence[str]) -> str:
        fitted = [
            cell.rjust(width) if name in ("K", "tokens") else cell.ljust(width)
            for name, cell, width in zip(_HEADINGS, cells, widths, strict=True)
        ]
        return "  ".join(fitted).rstrip()

    secho(line(_HEADINGS), dim=True)
    for *facts, reason in told:
        secho(line(facts), fg=_EFFECTS.get(facts[-1].partition(",")[0]))
        if reason:
            secho(f"{'':{widths[0]}}  “{reason}”", dim=True)


def _show_diff(view: LedgerView, events: Sequence[Event], number: int, side_by_side: bool) -> None:
    from agentcli.cli.columns import print_columns
    from agentcli.runs.ledger import find_entry
    from agentcli.runs.places import run_dir
    from agentcli.runs.versions import versions
    from agentcli.workspace.store import RunStore

    entry = find_entry(view, number)
    store = RunStore.open(run_dir(view.run_id))
    childs, final = versions(store, view, events).beside(entry)
    if side_by_side:
        print_columns(store, childs, final, entry.paths)
        return
    secho(f"− agent {entry.child}'s version   + what stood afterwards", dim=True)
    patch = store.diff(childs, final, paths=entry.paths, color=sys.stdout.isatty())
    click.echo(patch, nl=False)  # painted already, or for a program


def _progress(text: str) -> None:
    secho(text, dim=True, err=True)
