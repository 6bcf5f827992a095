"""The file: one for all runs, found by prefix, safe against newer versions and damage."""

import sqlite3
from pathlib import Path

import pytest

from agentcli.errors import InfraFault, UsageFault
from agentcli.journal.events import AnyBody, Prompted
from agentcli.journal.store import Journal, journal_path, started
from tests.journal.test_folds import STARTED

NOTE: AnyBody = Prompted(kind="note", text="x")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "journal.db"


def test_it_lies_in_the_persons_state_directory(xdg: dict[str, Path]) -> None:
    assert journal_path() == xdg["XDG_STATE_HOME"] / "agentcli" / "journal.db"


def test_each_run_counts_for_itself(path: Path) -> None:
    with Journal(path) as journal:
        seqs = [journal.append(run, "1", NOTE).seq for run in "abab"]
        assert seqs == [1, 1, 2, 2]
        assert [event.seq for event in journal.events("a", after=1)] == [2]


def test_parents_follow_from_the_agents_ids(path: Path) -> None:
    with Journal(path) as journal:
        for agent in ("", "1", "1.2"):
            journal.append("r", agent, NOTE)
        assert [event.parent_id for event in journal.events("r")] == [None, None, "1"]


@pytest.mark.parametrize(
    ("prefix", "found"), [("abc", "abcd"), ("abx", "abxy"), ("z", "zzzz"), ("last", "zzzz")]
)
def test_a_prefix_names_the_one_run_that_begins_so(path: Path, prefix: str, found: str) -> None:
    with Journal(path) as journal:
        for run in ("abcd", "abxy", "zzzz"):
            journal.append(run, "", STARTED)
        assert journal.find_run(prefix) == found


def test_a_whole_id_names_its_run_also_when_another_goes_on_from_it(path: Path) -> None:
    with Journal(path) as journal:
        for run in ("demo", "demo2"):
            journal.append(run, "", STARTED)
        assert journal.find_run("demo") == "demo"


@pytest.mark.parametrize(("prefix", "words"), [("ab", "could be abxy, abcd"), ("q", "No run 'q'")])
def test_a_prefix_of_none_or_of_several_is_refused(path: Path, prefix: str, words: str) -> None:
    with Journal(path) as journal:
        for run in ("abcd", "abxy"):
            journal.append(run, "", STARTED)
        with pytest.raises(UsageFault, match=words):
            journal.find_run(prefix)


def test_an_older_file_is_brought_up_to_date(path: Path) -> None:
    path.parent.mkdir()
    sqlite3.connect(path).close()  # version 0: nothing in it
    with Journal(path) as journal:
        journal.append("r", "1", NOTE)
    with Journal(path) as journal:  # and is left alone the next time
        assert len(list(journal.events("r"))) == 1


def test_a_newer_file_is_refused_and_not_touched(path: Path) -> None:
    with Journal(path) as journal:
        journal.append("r", "1", NOTE)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(InfraFault) as fault:
        Journal(path)
    assert fault.value.fix == "Upgrade agentcli."
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM events").fetchone() == (1,)


def test_a_file_that_is_no_database_is_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(InfraFault, match=r"journal\.db can't be opened"):
        Journal(path)


def test_a_run_can_be_forgotten_and_its_recording_taken_in_again(path: Path) -> None:
    with Journal(path) as journal:
        recording = [journal.append("r", "", STARTED), journal.append("r", "1", NOTE)]
        journal.append("other", "1", NOTE)
        journal.delete_run("r")
        assert journal.run_ids() == [] and list(journal.events("r")) == []
        assert journal.import_run(iter(recording)) == "r"
        assert list(journal.events("r")) == recording
        assert started(recording) == STARTED
        assert len(list(journal.events("other"))) == 1


def test_a_record_without_a_start_can_not_be_used(path: Path) -> None:
    with Journal(path) as journal, pytest.raises(UsageFault, match="no start"):
        started([journal.append("r", "1", NOTE)])
