"""What a person sees go by: whose line it is, acts as acts, and what is going on right now."""

import io
import re
import time
from collections.abc import Sequence

import pytest
from rich.console import Console
from rich.text import Text

from agentcli.agents.conversation import describe, saying
from agentcli.cli.progress import Lines, Progress
from agentcli.demo import play
from agentcli.journal.events import Call, Event, Landed, ModelReplied, SandboxOpened, Usage
from agentcli.tui.lines import item_of

MODES = ("recursive", "swarm")


def seen(events: Sequence[Event]) -> list[str]:
    lines = map(Lines().of, events)
    return [Text.from_markup(line).plain for line in lines if line]


def reply(text: str) -> ModelReplied:
    usage = Usage(input=1, output=1)
    return ModelReplied(
        step=1, model="m", text=text, finish_reason="stop", usage=usage, cost=None, seconds=1.0
    )


@pytest.mark.parametrize("mode", MODES)
def test_each_line_of_several_agents_says_whose_it_is(mode: str) -> None:
    events = play.recording(mode)
    lines = seen(events)
    first = next(n for n, line in enumerate(lines) if "┌ 1.1" in line)
    of_agents = [line for line in lines[first:] if re.match(r" *(\d[\d.]*|[┌└] \d[\d.]*) ", line)]
    of_the_run = [line for line in lines[first:] if line not in of_agents]
    assert {line.split()[0] for line in of_agents} >= {"1", "1.1", "1.2"}
    assert all(re.match("✓|✗|branch|Docker|NO |bubble", line) for line in of_the_run)


@pytest.mark.parametrize("mode", MODES)
def test_equal_isolation_is_told_once(mode: str) -> None:
    events = play.recording(mode)
    kinds = {e.body.isolation for e in events if isinstance(e.body, SandboxOpened)}
    lines = seen(events)
    assert kinds
    assert all(sum(line.startswith(kind) for line in lines) == 1 for kind in kinds)


@pytest.mark.parametrize("mode", MODES)
def test_a_models_blocks_are_shown_as_the_acts_they_ask_for(mode: str) -> None:
    events = play.recording(mode)
    assert not [line for line in seen(events) if "```" in line]
    items = [item for event in events if (item := item_of(event)) and item.is_markdown]
    assert not [item for item in items if "```" in item.text]


def test_prose_around_blocks_is_its_speech() -> None:
    edit = "```edit a.py\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```"
    assert saying(reply("```wait\n```")) == ""
    assert saying(reply(f"I mend it.\n{edit}\nThen I test.")) == "I mend it.\nThen I test."
    native = reply("Like this:\n```py\na\n```").model_copy(
        update={"calls": (Call(id="c", name="wait", arguments={}),)}
    )
    assert saying(native) == native.text


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("assign", {"briefs": [{"name": "basket"}, {"name": "money"}]}, "assign basket, money"),
        ("accept", {"of": "basket"}, "accept basket"),
        ("accept", {}, "accept"),
        ("reject", {"of": "money", "reason": "no tests"}, "reject money: no tests"),
        ("message", {"to": "money", "text": "no tabs"}, "message money: no tabs"),
        ("wait", {"show": True}, "wait"),
        ("wait", {"seconds": 5}, 'wait {"seconds": 5}'),
        ("bash", {"command": "ls", "timeout": 3}, "bash ls"),
    ],
)
def test_a_call_is_one_line_that_can_be_read(
    name: str, arguments: dict[str, object], told: str
) -> None:
    assert describe(Call(id="c", name=name, arguments=arguments)) == told


def test_while_the_ledger_is_measured_it_says_so() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=200)
    with Progress(console, live=True) as progress:
        for event in play.recording("swarm"):
            progress.on_event(event)
            if isinstance(event.body, Landed):
                break
        end = time.monotonic() + 20
        while "measuring the overrides" not in file.getvalue():
            assert time.monotonic() < end, file.getvalue()[-400:]
            time.sleep(0.05)
