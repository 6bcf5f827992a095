"""Runs of the same task beside each other, a column each: what happened and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentcli.agents.clip import one_line
from agentcli.cli.measures import summary
from agentcli.cli.progress import verdict_line
from agentcli.cli.say import escape
from agentcli.journal.folds import AgentView, RunView
from agentcli.journal.ledger_folds import LedgerView
from agentcli.plain import counted

_LEDGER = "who overrode whom"


@dataclass(frozen=True)
class Column:
    """One run. `lines` is what a person saw of it, in rich's markup; `patch` what it changed."""

    view: RunView
    ledger: LedgerView
    lines: Sequence[str]
    patch: str


def print_side_by_side(columns: Sequence[Column]) -> None:
    """The runs in as many columns, section by section."""
    table = Table(expand=True, show_lines=True, padding=(0, 1))
    for column in columns:
        table.add_column(_mode(column), ratio=1)
    sections: Sequence[tuple[str, Callable[[Column], str]]] = (
        ("what happened", lambda column: "\n".join(column.lines)),
        ("who worked", lambda column: "\n".join(map(_agent, column.view.agents.values()))),
        ("what changed", lambda column: "\n".join(map(_patch_line, column.patch.splitlines()))),
        (_LEDGER, lambda column: escape("\n".join(summary(column.ledger)))),
        ("what came of it", _outcome),
    )
    for title, told in sections:
        table.add_row(*(_cell(title, told(column)) for column in columns))
    Console(highlight=False).print(table)


def _cell(title: str, told: str) -> Text:
    """A section's text in rich's markup; but for the ledger's words, lines are cut, not wrapped."""
    text = Text.from_markup(f"[bold]{title}[/]\n{told}", overflow="ellipsis")
    text.no_wrap = title != _LEDGER
    return text


def _mode(column: Column) -> str:
    begun = column.view.started
    return begun.mode if begun is not None else ""


def _agent(agent: AgentView) -> str:
    indent = "  " * agent.id.count(".")
    taken = ", taken back" if agent.rolled_back else ""
    goal = f" {escape(one_line(agent.brief.goal))}" if agent.parent_id else ""
    return (
        f"{indent}[cyan]{agent.id}[/] {agent.role}: {agent.status}{taken}, "
        f"{counted(agent.spending.steps, 'step')}{goal}"
    )


def _patch_line(line: str) -> str:
    color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return f"[{color}]{escape(line)}[/]" if color else escape(line)


def _outcome(column: Column) -> str:
    view = column.view
    verified = view.verified
    spent = view.spending
    return (
        f"{'no test' if verified is None else verdict_line(verified)}\n"
        f"{counted(spent.steps, 'step')}, {spent.usage.input:,} + {spent.usage.output:,} tokens"
    )
