"""Resume runs the same code again: first recalled from the journal, then done and recorded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentcli.errors import ExitCode, ResumeDiverged
from agentcli.journal.events import AgentEnded, AnyBody, ModelRetried, Prompted, RunResumed
from agentcli.journal.redact import Redactor
from agentcli.journal.store import Journal
from agentcli.journal.stream import Streams, effective

RETRY = ModelRetried(model="m", error="429", wait=1, next_model="m")


def note(text: str) -> Prompted:
    return Prompted(kind="note", text=text)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "j.db", Redactor({"A_KEY": "correct-horse"})) as journal:
        yield journal


def again(journal: Journal) -> Streams:
    return Streams(journal, "r", list(journal.events("r")))


def test_each_agent_recalls_its_own_events_whatever_the_order_between_them(
    journal: Journal,
) -> None:
    for agent, text in [("1", "a"), ("1.1", "x"), ("1", "b"), ("1.1", "y")]:
        journal.append("r", agent, note(text))
    streams = again(journal)
    child, parent = streams.open("1.1"), streams.open("1")
    assert [child.record(note("")).text for _ in range(2)] == ["x", "y"]
    assert [parent.record(note("")).text for _ in range(2)] == ["a", "b"]
    assert not parent.recalling and len(list(journal.events("r"))) == 4


def test_after_the_last_recorded_event_it_writes(journal: Journal) -> None:
    journal.append("r", "1", note("old"))
    stream = again(journal).open("1")
    assert stream.record(note("?")).text == "old"
    assert stream.record(note("new")).text == "new"
    texts = [e.body.text for e in journal.events("r") if isinstance(e.body, Prompted)]
    assert texts == ["old", "new"]


async def test_what_fails_is_not_recorded(journal: Journal) -> None:
    async def fail() -> Prompted:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await again(journal).open("1").perform(Prompted, fail)
    assert list(journal.events("r")) == []


def test_it_gives_back_what_was_written_without_secrets(journal: Journal) -> None:
    said = again(journal).open("1").record(note("it is correct-horse"))
    assert said.text == "it is [redacted A_KEY]"


def test_peeking_takes_nothing(journal: Journal) -> None:
    journal.append("r", "1", note("a"))
    stream = again(journal).open("1")
    assert stream.peek(AgentEnded) is None
    assert stream.peek(Prompted) == note("a") and stream.recalling
    assert stream.record(note("")) == note("a")
    assert stream.peek(Prompted) is None


def test_what_happened_around_the_agent_is_passed_over(journal: Journal) -> None:
    journal.append("r", "1", RETRY)
    journal.append("r", "1", note("a"))
    stream = again(journal).open("1")
    assert stream.record(RETRY) == RETRY and stream.recalling
    assert stream.record(note("")).text == "a"
    kinds = [event.body.type for event in journal.events("r")]
    assert kinds == ["model_retried", "prompted", "model_retried"]


async def test_another_kind_than_the_recorded_one_is_told_with_the_way_out(
    journal: Journal,
) -> None:
    journal.append("r", "1", note("a"))

    async def end() -> AgentEnded:
        raise AssertionError("a recorded act is never done again")

    with pytest.raises(ResumeDiverged) as diverged:
        await again(journal).open("1").perform(AgentEnded, end)
    assert "Agent 1 recorded Prompted where it now does AgentEnded" in diverged.value.message
    assert "replay" in diverged.value.fix and diverged.value.exit_code == ExitCode.INFRA


@pytest.mark.parametrize(
    ("rewinds", "kept"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({4: 3}, [1, 2, 3, 4, 5, 6]),
        ({4: 1}, [1, 4, 5, 6]),
        ({3: 1, 6: 4}, [1, 3, 4, 6]),
        ({3: 2, 6: 1}, [1, 6]),
        ({6: 0}, [6]),
    ],
)
def test_a_resume_supersedes_what_came_after_its_rewind(
    journal: Journal, rewinds: dict[int, int], kept: list[int]
) -> None:
    for seq in range(1, 7):
        resumed: AnyBody = RunResumed(rewind_to=rewinds.get(seq, 0), settings={})
        journal.append("r", "", resumed if seq in rewinds else note("x"))
    assert [event.seq for event in effective(journal.events("r"))] == kept
