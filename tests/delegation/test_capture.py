"""Capture: real runs' events become records, whichever mode and however often cut off."""

from dataclasses import replace
from typing import Any

import pytest

from agentcli.delegation.ledger.capture import capture
from agentcli.delegation.ledger.records import Record
from agentcli.runs.places import run_dir
from agentcli.workspace.store import RunStore
from tests.runs.conftest import Opened, events
from tests.runs.conftest import desk as desk
from tests.runs.conftest import office as office
from tests.runs.scripts import bash, by_goal, delegate, finish, write
from tests.support.scripted_server import Answer, Turn

ROOT, CHILD, GRANDCHILD = "build the whole house", "lay a floor of oak", "saw seven boards"
TRY = [bash("echo brick > walls.txt"), bash("ls")]
HOUSE = {
    GRANDCHILD: [write("boards.txt", "7\n"), finish("sawn")],
    CHILD: [*TRY[1:], bash("pwd"), delegate(GRANDCHILD), write("floor.txt", "oak\n"), finish()],
    ROOT: [*TRY, delegate(CHILD), bash("echo pine > floor.txt"), finish("done")],
}


def captured() -> tuple[Record, ...]:
    recorded = events()
    store = RunStore.open(run_dir(recorded[0].run_id))
    return capture(recorded, store.tree_of)


def timeless(record: Record) -> Record:
    """The record with each seq replaced by its rank, which is all that resuming may change."""
    seqs = {step.seq for step in record.trunk}
    for work in record.works:
        seqs |= {work.began, work.closed or 0, *work.opportunities}
        seqs |= {mark.seq for mark in (*work.checkpoints, *work.proposals)}
    rank = {seq: number for number, seq in enumerate(sorted(seqs))}
    works = tuple(
        replace(
            work,
            began=rank[work.began],
            closed=rank[work.closed or 0],
            opportunities=tuple(rank[seq] for seq in work.opportunities),
            checkpoints=tuple(replace(mark, seq=rank[mark.seq]) for mark in work.checkpoints),
            proposals=tuple(replace(mark, seq=rank[mark.seq]) for mark in work.proposals),
        )
        for work in record.works
    )
    trunk = tuple(replace(step, seq=rank[step.seq]) for step in record.trunk)
    return Record(record.base, works, trunk)


def test_each_frame_that_delegates_has_a_line_of_work(office: Opened) -> None:
    with office(by_goal(HOUSE)) as it:
        assert it.run(ROOT, "-o", "json").code == 0
    root, child = sorted(captured(), key=lambda record: record.works[0].delegation)
    (work,) = root.works
    assert (work.delegation, work.parent, work.end) == ("1.1", "1", "integrated")
    assert [step.cause for step in root.trunk] == ["parent", "merge", "parent"]
    assert root.trunk[1].expected == work.proposals[-1].tree == work.final
    assert len(work.checkpoints) == 2  # the grandchild's work came in, then its own
    assert len(work.opportunities) == 2  # calls of the parent's that came after it
    assert work.output_tokens == 20 * len(HOUSE[CHILD])
    assert [step.cause for step in child.trunk] == ["merge", "parent"]
    assert child.works[0].delegation == "1.1.1"
    for record in (root, child):
        for one, other in zip(record.trunk, record.trunk[1:], strict=False):
            assert one.after == other.before


def test_a_failed_child_is_rolled_back_by_the_mechanism(office: Opened) -> None:
    child = [write("floor.txt", "x\n"), finish("I can't", "failed")]
    root = [*TRY, delegate(CHILD), finish("without")]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        assert it.run(ROOT, "-o", "json").code == 0
    (record,) = captured()
    (work,) = record.works
    assert (work.end, work.by_parent, work.opportunities) == ("rolled_back", False, ())
    assert record.final == work.base


@pytest.mark.parametrize("steps", [3, 5, 7, 9])
def test_a_run_that_was_cut_off_gives_the_same_record(office: Opened, steps: int) -> None:
    with office(by_goal(HOUSE)) as it:
        assert it.run(ROOT, "-o", "json").code == 0
        whole = [timeless(record) for record in captured()]
        assert it.run(ROOT, "-o", "json", "--max-steps", str(steps)).code == 4
        assert it.again("--max-steps", "50").code == 0
        assert [timeless(record) for record in captured()] == whole


def test_every_tree_of_a_delegation_is_pinned(office: Opened) -> None:
    with office(by_goal(HOUSE)) as it:
        run = it.run(ROOT, "-o", "json").json["run"]
    store = RunStore.open(run_dir(run))
    for name in ("base", "ck/1", "proposal/1", "expected/1", "final"):
        assert store.pinned(f"1.1/{name}"), name


def test_a_successor_in_a_relay_is_what_a_parent_is_elsewhere(office: Opened) -> None:
    def say(request: dict[str, Any]) -> Answer:
        text = str(request["messages"])
        if "tools" not in request:
            return Turn("ROLE: builder")
        second = "floor.txt" in text and "it is laid" in text
        script = [write("floor.txt", "pine\n" if second else "oak\n"), finish("it is laid")]
        done = text.count("'role': 'assistant'")
        return script[min(done, 1)]

    with office(say) as it:
        said = it.run(ROOT, "--mode", "relay", "--coders", "2", "-o", "json")
        assert said.code == 0, said
    first, second = captured()
    assert [step.cause for step in first.trunk] == ["merge", "parent"]
    assert first.trunk[-1].agent == "1.2"
    assert [step.cause for step in second.trunk] == ["merge"]
    assert first.works[0].opportunities
