"""The list of runs fits the terminal: what can be missed gives way first."""

import io
import re
import time
from collections.abc import Sequence

import pytest
from rich.console import Console

from agentcli.cli.runs_table import print_runs
from agentcli.journal.events import Applied, Event, ModelReplied, RunEnded, RunStarted, Usage
from agentcli.journal.folds import RunView, fold

TASK = "make parse_date accept ISO weeks"


def run(run_id: str, model: str, status: str = "not_verified") -> RunView:
    begun = RunStarted(
        version="0",
        task=TASK,
        repo="/somewhere",
        head=None,
        branch=None,
        base_commit="c",
        base_tree="t",
        mode="recursive",
        models={"coder": model},
        test=None,
        settings={},
        seed=0,
    )
    usage = Usage(input=12_345_678, output=1)
    reply = ModelReplied(
        step=1, model=model, text="", finish_reason="stop", usage=usage, cost=None, seconds=1.0
    )
    bodies = [
        ("", begun),
        ("1", reply),
        ("", RunEnded(status=status, reason="", exit_code=1)),  # type: ignore[arg-type]
        ("", Applied(commit="c", backup="b", changes=())),
    ]
    events = [
        Event(run_id=run_id, seq=n, at=time.time(), agent_id=agent, parent_id=None, body=body)
        for n, (agent, body) in enumerate(bodies, 1)
    ]
    return fold(run_id, events)


def shown(views: Sequence[RunView], width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    print_runs(views, console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    return lines


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (140, "run when status mode model steps tokens cost task"),
        (100, "run when status mode model steps tokens cost task"),
        (90, "run when status model steps tokens cost task"),
        (80, "run when status model steps tokens task"),
        (72, "run when status model tokens task"),
        (60, "run when status model task"),
    ],
)
def test_mode_and_cost_give_way_first_and_when_and_task_never(width: int, columns: str) -> None:
    head, line = shown([run("abcdefgh", "openai/small")], width)
    assert head.split() == columns.split()
    assert re.search(r"\d\d:\d\d", line)
    assert "not_verified, applied" in line
    assert TASK[:12] in line


def test_models_keep_their_providers_where_there_is_room() -> None:
    view = run("abcdefgh", "openai/small", "limit")
    assert "openai/small" in shown([view], 140)[1]
    narrow = shown([view], 80)[1]
    assert "small" in narrow
    assert "openai/" not in narrow


def test_models_that_would_look_alike_keep_them_always() -> None:
    views = [run("abcdefgh", "openai/me"), run("ijklmnop", "opnai/me")]
    _, first, second = shown(views, 80)
    assert "openai/me" in first
    assert "opnai/me" in second
