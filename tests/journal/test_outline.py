"""The outline of a run: all of its structure, and only its last steps."""

from pathlib import Path

from agentcli.journal.events import Event
from agentcli.journal.store import Journal

RECORDING = Path(__file__).parents[1] / "tui" / "recordings" / "swarmrun.jsonl"
STEPS = {"model_replied", "tool_returned", "prompted", "compacted"}


def test_it_leaves_out_all_steps_but_the_last(tmp_path: Path) -> None:
    recorded = [Event.from_json(line) for line in RECORDING.read_text().splitlines()]
    with Journal(tmp_path / "journal.db") as journal:
        journal.import_run(iter(recorded))
        bare = list(journal.outline("swarmrun"))
        assert bare == [event for event in recorded if event.body.type not in STEPS]
        ended = list(journal.outline("swarmrun", tail=40))
        last = recorded[-1].seq - 40
        assert ended == [e for e in recorded if e.body.type not in STEPS or e.seq > last]
        assert list(journal.outline("swarmrun", tail=1_000)) == recorded


def test_tokens_of_a_run_are_summed_without_reading_it(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db") as journal:
        assert journal.tokens("swarmrun") == 0
        journal.import_run(map(Event.from_json, RECORDING.read_text().splitlines()))
        assert journal.tokens("swarmrun") == 1_440
