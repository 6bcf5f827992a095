"""Whatever is appended comes back as it was, without secrets and in order."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcli.errors import InfraFault, ResumeDiverged, UsageFault
from agentcli.journal.events import (
    AgentEnded,
    AnyBody,
    Body,
    Call,
    Event,
    LimitHit,
    ModelReplied,
    Prompted,
    RunResumed,
    Usage,
)
from agentcli.journal.redact import Redactor
from agentcli.journal.store import Journal
from agentcli.journal.stream import Stream, Streams, effective

BODIES: list[type[Body]] = list(get_args(get_args(AnyBody)[0]))
text = st.text(st.characters(codec="utf-8"), max_size=30)
st.register_type_strategy(str, text)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))

NOTE = Prompted(kind="note", text="hello")


def reply(step: int) -> ModelReplied:
    return ModelReplied(
        step=step,
        model="m",
        text=f"reply {step}",
        finish_reason="stop",
        usage=Usage(input=1, output=1),
        cost=None,
        seconds=0.1,
    )


json = st.recursive(st.none() | st.booleans() | st.integers() | text, st.lists, max_leaves=4)
json_objects = st.dictionaries(text, json, max_size=3)
st.register_type_strategy(Call, st.builds(Call, arguments=json_objects))


def bodies(kind: type[Body]) -> st.SearchStrategy[Body]:
    """Bodies of a kind, whose free fields hold JSON."""
    free = {
        name: json_objects
        for name, field in kind.model_fields.items()
        if "typing.Any" in str(field.annotation)
    }
    return st.builds(kind, **free)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BODIES).flatmap(bodies))
def test_every_event_survives_its_line_of_json(body: Body) -> None:
    event = Event(run_id="r", seq=1, at=1.5, agent_id="1.2", parent_id="1", body=body)
    assert Event.from_json(event.to_json()) == event


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(text, min_size=1, max_size=5))
def test_events_come_back_in_order_without_gaps(tmp_path: Path, texts: list[str]) -> None:
    with Journal(tmp_path / "j.db", Redactor({})) as journal:
        run = f"r{len(journal.run_ids())}{hash(tuple(texts))}"
        start = len(list(journal.events(run)))
        written = [journal.append(run, "1", Prompted(kind="note", text=t)) for t in texts]
        assert list(journal.events(run))[start:] == written
        seqs = [event.seq for event in journal.events(run)]
        assert seqs == list(range(1, len(seqs) + 1))


def test_secrets_are_gone_before_anything_is_written(tmp_path: Path) -> None:
    secret, shaped = "hunter2hunter2", "sk-ant-" + "a1B2" * 8
    redactor = Redactor({"MY_API_KEY": secret, "HOME": "/home/someone"})
    with Journal(tmp_path / "j.db", redactor) as journal:
        said = f"key {secret}, other {shaped}, home /home/someone"
        event = journal.append("r", "1", Prompted(kind="note", text=said))
    assert isinstance(event.body, Prompted)
    assert event.body.text == "key [redacted MY_API_KEY], other [redacted], home /home/someone"
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in raw and shaped.encode() not in raw


def test_two_processes_append_to_one_run_without_gaps(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from agentcli.journal.store import Journal\n"
        "from agentcli.journal.events import Prompted\n"
        "with Journal(Path(sys.argv[1])) as j:\n"
        "    for _ in range(50): j.append('r', '1', Prompted(kind='note', text='x'))\n"
    )
    path = tmp_path / "j.db"
    both = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    with Journal(path) as journal:
        assert [event.seq for event in journal.events("r")] == list(range(1, 101))


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    Journal(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(InfraFault, match="newer"):
        Journal(path)


def test_a_run_is_named_by_a_unique_prefix(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.db") as journal, pytest.raises(UsageFault, match="No run"):
        journal.find_run("last")


async def test_a_stream_recalls_what_is_recorded_and_then_goes_live(tmp_path: Path) -> None:
    asked: list[int] = []

    async def ask() -> ModelReplied:
        asked.append(len(asked))
        return reply(2)

    with Journal(tmp_path / "j.db") as journal:
        first = Streams(journal, "r").open("1")
        await first.perform(ModelReplied, lambda: _give(reply(1)))
        past = list(journal.events("r"))
        again = Stream(journal, "r", "1", past)
        assert again.recalling
        assert (await again.perform(ModelReplied, ask)).text == "reply 1" and asked == []
        assert (await again.perform(ModelReplied, ask)).text == "reply 2" and asked == [0]
        assert len(list(journal.events("r"))) == 2


async def test_another_path_than_the_recorded_one_is_an_error(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.db") as journal:
        journal.append("r", "1", NOTE)
        stream = Stream(journal, "r", "1", journal.events("r"))
        with pytest.raises(ResumeDiverged, match="Prompted"):
            stream.record(AgentEnded(status="done"))


def test_a_resume_supersedes_the_unwinding_of_a_limit(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.db") as journal:
        journal.append("r", "1", NOTE)
        journal.append("r", "1", LimitHit(limit="max_steps", value=1, scope="run"))
        journal.append("r", "1", AgentEnded(status="budget"))
        journal.append("r", "", RunResumed(rewind_to=1, settings={}))
        kept = [event.body.type for event in effective(journal.events("r"))]
    assert kept == ["prompted", "run_resumed"]


async def _give(body: ModelReplied) -> ModelReplied:
    return body
