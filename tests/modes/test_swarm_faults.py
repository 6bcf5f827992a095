"""A swarm in trouble: lost coders, late answers, kills at any event. Nothing is lost or doubled."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

from agentcli.agents.inbox import Post
from agentcli.journal.events import (
    Delegated,
    DelegationClosed,
    DelegationMeasured,
    Fractions,
    LeaseLost,
    LedgerEntry,
    Merged,
    MessageSent,
    ModelReplied,
    ModelRetried,
    RunEnded,
)
from agentcli.journal.store import Journal
from agentcli.journal.stream import Stream
from tests.cli.conftest import Said
from tests.runs.conftest import Office, Opened, bodies, events, labels
from tests.runs.scripts import accepts, act, bash, brief, by_goal, finish, leads, write
from tests.runs.test_resume import wait_for
from tests.support.scripted_server import Answer, Fault, Turn

TASK = "build the whole house"
WALLS, ROOF, DOOR = "raise walls of brick", "put a roof on top", "hang a door of oak"
JSON = ("--mode", "swarm", "--policy", "turns", "-o", "json")
PLAN = act(
    "assign",
    briefs=[
        brief("walls", WALLS, "walls.txt"),
        brief("roof", ROOF, "roof.txt"),
        brief("door", DOOR, "door.txt", after=["walls"]),
    ],
)
CODERS: dict[str, Sequence[Answer]] = {
    WALLS: [write("walls.txt", "brick\n"), bash("cat walls.txt"), finish("walls stand")],
    ROOF: [write("roof.txt", "tiles\n"), finish("roof is on")],
    DOOR: [bash("cat walls.txt > door.txt"), finish("door hangs")],
}
HOUSE = {"a.py": "a = 1", "walls.txt": "brick", "roof.txt": "tiles", "door.txt": "brick"}


def script(**coders: Any) -> Any:
    named = {"walls": WALLS, "roof": ROOF, "door": DOOR}
    given = {named[name]: turns for name, turns in coders.items()}
    return by_goal({**CODERS, **given, TASK: leads(PLAN, accepts)})


def first_meets(trouble: Answer, then: Sequence[Answer]) -> Any:
    """The first request meets the trouble, all later ones get the script's turns."""
    count = itertools.count()

    def answer(request: dict[str, Any]) -> Answer:
        number = sum(m["role"] == "assistant" for m in request["messages"])
        return trouble if next(count) == 0 else then[number]

    return answer


def check_house(it: Office, said: Said, house: Mapping[str, str] = HOUSE) -> None:
    assert said.code == 0, said
    assert it.tree(said) == house
    merged = [m.delegation for m in bodies(Merged)]
    assert len(merged) == len(set(merged)) == 3
    replies = [(e.agent_id, e.body.step) for e in events() if isinstance(e.body, ModelReplied)]
    assert len(replies) == len(set(replies))


def test_a_coder_whose_model_fails_is_replaced(office: Opened) -> None:
    trouble = first_meets(Fault(status=403, message="no such key"), CODERS[WALLS])
    with office(script(walls=trouble)) as it:
        check_house(it, it.run(TASK, *JSON))
    (lost,) = bodies(LeaseLost)
    assert lost.delegation == "1.1"
    heirs = [begun.replaces for begun in bodies(Delegated) if begun.replaces]
    assert heirs == ["1.1"]


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_a_coder_whose_line_to_the_model_is_cut_asks_again(
    office: Opened, kind: Literal["reset", "cut"]
) -> None:
    """In the middle of a reply. Nothing of the half one counts, and nobody is replaced."""
    trouble = first_meets(Fault(kind=kind, after=2), CODERS[WALLS])
    with office(script(walls=trouble)) as it:
        check_house(it, it.run(TASK, *JSON))
    assert len(bodies(ModelRetried)) == 1
    assert bodies(LeaseLost) == []


def test_a_coder_whose_model_server_is_gone_is_replaced_and_the_others_work_on(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every answer to it is cut, however often it asks; its heir is heard again."""
    monkeypatch.setenv("AGENTCLI_MODEL_RETRIES", "1")
    asked = itertools.count()

    def gone_then_back(request: dict[str, Any]) -> Answer:
        number = sum(m["role"] == "assistant" for m in request["messages"])
        return Fault(kind="reset") if next(asked) < 2 else CODERS[WALLS][number]

    with office(script(walls=gone_then_back)) as it:
        check_house(it, it.run(TASK, *JSON))
    assert [lost.delegation for lost in bodies(LeaseLost)] == ["1.1"]


def test_a_silent_coder_loses_its_lease_and_its_brief_goes_on_from_its_last_checkpoint(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCLI_LEASE", "1.5")
    asked = itertools.count()

    def silent_then_checks(request: dict[str, Any]) -> Answer:
        number = sum(m["role"] == "assistant" for m in request["messages"])
        match next(asked):
            case 0:
                return write("walls.txt", "brick\n")
            case 1:
                return Fault(kind="hang")
            case _:  # the heir finds what was written, and only checks it
                return [bash("grep -q brick walls.txt"), finish("walls stand")][number]

    with office(script(walls=silent_then_checks)) as it:
        check_house(it, it.run(TASK, *JSON))
    (lost,) = bodies(LeaseLost)
    assert "no sign" in lost.reason
    heir = next(begun for begun in bodies(Delegated) if begun.replaces)
    assert heir.start_tree == lost.tree != heir.base_tree


def test_a_long_answer_is_no_silence(office: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCLI_LEASE", "1")
    slowly = Turn("word " * 60, write("walls.txt", "brick\n").calls, chunk=15, pause=0.1)
    with office(script(walls=[slowly, *CODERS[WALLS][1:]])) as it:
        check_house(it, it.run(TASK, *JSON))
    assert bodies(LeaseLost) == []


@pytest.mark.docker
def test_a_coder_whose_container_is_killed_is_replaced(office: Opened) -> None:
    killed = threading.Event()

    def kill_then_go_on(request: dict[str, Any]) -> Answer:
        number = sum(m["role"] == "assistant" for m in request["messages"])
        if number == 1 and not killed.is_set():
            killed.set()
            run = events()[0].run_id
            mine = ("--filter", f"label=agentcli.run={run}", "--filter", "label=agentcli.agent=1.1")
            _docker("kill", _docker("ps", "-q", *mine).strip())
        return CODERS[WALLS][number]

    with office(script(walls=kill_then_go_on)) as it:
        check_house(it, it.run(TASK, "--sandbox", "docker", *JSON))
    assert [lost.delegation for lost in bodies(LeaseLost)] == ["1.1"]
    assert events()[0].run_id not in labels()


def test_what_is_lost_for_good_ends_in_a_partial_result(office: Opened) -> None:
    with office(script(roof=lambda _request: Fault(status=403))) as it:
        said = it.run(TASK, *JSON)
        assert said.code == 0, said
        assert set(it.tree(said)) == {"a.py", "walls.txt", "door.txt"}
    ends = {closed.delegation: closed.end for closed in bodies(DelegationClosed)}
    assert sorted(str(end) for end in ends.values()) == ["integrated"] * 2 + ["lost"] * 3


def test_when_every_coder_is_lost_the_fault_is_the_infrastructures(office: Opened) -> None:
    gone = Fault(status=403)
    coders = dict.fromkeys(("walls", "roof", "door"), lambda _request: gone)
    with office(script(**coders)) as it:
        assert it.run(TASK, *JSON).code == 3
    (ended,) = bodies(RunEnded)
    assert ended.status == "infra"


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_replies_makes_no_difference(office: Opened, seed: int) -> None:
    chance = random.Random(seed)

    def late(turns: Sequence[Answer]) -> list[Turn]:
        return [
            Turn(t.text, t.calls, latency=chance.random() / 4) for t in turns if isinstance(t, Turn)
        ]

    coders = {
        name: late(CODERS[goal])
        for name, goal in (("walls", WALLS), ("roof", ROOF), ("door", DOOR))
    }
    with office(script(**coders)) as it:
        check_house(it, it.run(TASK, *JSON))
    order = [m.delegation for m in bodies(Merged)]
    assert order == ["1.1", "1.2", "1.3"]


def test_a_message_that_comes_twice_is_heard_once(tmp_path: Any) -> None:
    with Journal(tmp_path / "journal.db") as journal:
        post = Post()
        sender = Stream(journal, "run", "1", ())
        hearer = Stream(journal, "run", "1.1", ())
        sent = [
            post.send(sender, MessageSent(id=post.next_id("1"), to="1.1", kind="message", text=t))
            for t in ("first", "second")
        ]
        for body in (*sent, *reversed(sent)):
            post.hand_over("1", body)
        box = post.inbox("1.1")
        assert [heard.text for heard in box.deliver(hearer, 0)] == ["first", "second"]
        post.hand_over("1", sent[0])
        assert box.deliver(hearer, 0) == []
        # A resumed run hears of the delivery before, or after, it hears of the sending.
        for order in ("delivered first", "sent first"):
            again, past = Post(), list(journal.events("run"))
            recalled = Stream(journal, "run", "1.1", [e for e in past if e.agent_id == "1.1"])
            if order == "sent first":
                for body in sent:
                    again.hand_over("1", body)
            assert len(again.inbox("1.1").deliver(recalled, 0)) == 2
            for body in sent:
                again.hand_over("1", body)
            assert not again.inbox("1.1")
            assert again.next_id("1") == "1#3"


def overrides_at_last(request: dict[str, Any]) -> Answer:
    """A planner that takes what is submitted, and rewrites the roof before it finishes."""
    turn = leads(PLAN, accepts)(request)
    wrote = any(m.get("content") == "I write it." for m in request["messages"])
    is_last = isinstance(turn, Turn) and turn.calls[0][0] == "finish"
    return write("roof.txt", "straw\n") if is_last and not wrote else turn


def ledger() -> list[tuple[Any, ...]]:
    """What a run's ledger says, without when."""
    entries = [(e.delegation, e.kind, e.units, e.touched, e.fractions) for e in bodies(LedgerEntry)]
    measured = [(d.delegation, d.units, d.kept, d.autonomous) for d in bodies(DelegationMeasured)]
    return [*entries, *measured]


LEDGER = [
    ("1.2", "rewrite", 1, 1, Fractions(integration=0.0, close=0.0, end=1.0)),
    ("1.1", 1, 1, None),
    ("1.2", 1, 0, None),
    ("1.3", 1, 1, None),
]
LAST = 62  # events that the scripted run has, at least


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(n, marks=() if n in (9, 23, 38, 55) else pytest.mark.slow)
        for n in range(2, LAST)
    ],
)
def test_killed_at_any_event_it_ends_in_the_same_trees(office: Opened, number: int) -> None:
    gone = {**HOUSE, "roof.txt": "straw"}
    with office(by_goal({**CODERS, TASK: overrides_at_last})) as it:
        killed_after(it, number)
        said = it.again()
        check_house(it, said, gone)
        found = ledger()
    assert found == LEDGER


def lost_once(request: dict[str, Any]) -> Answer:
    """A coder whose model fails after its first write; its heir finds what was written."""
    begin = bash("cat walls.txt || (echo brick > walls.txt; echo the first stone)")
    told = [str(m["content"]) for m in request["messages"] if m["role"] == "tool"]
    if not told:
        return begin
    return Fault(status=403) if "the first stone" in told[-1] else finish("walls stand")


@pytest.mark.parametrize("last", [LeaseLost, DelegationClosed])
def test_killed_between_a_lost_coder_and_its_heir_the_brief_goes_on_from_the_last_checkpoint(
    office: Opened, last: type[LeaseLost | DelegationClosed]
) -> None:
    plan = act("assign", briefs=[brief("walls", WALLS, "walls.txt")])
    with office(by_goal({WALLS: lost_once, TASK: leads(plan, accepts)})) as it:
        assert it.run(TASK, *JSON).code == 0
        whole = [closed.tree for closed in bodies(DelegationClosed)]
        number = next(event.seq for event in events() if isinstance(event.body, last))
        killed_after(it, number)
        assert isinstance(events()[-1].body, last)
        said = it.again()
        assert said.code == 0, said
        assert it.tree(said) == {"a.py": "a = 1", "walls.txt": "brick"}
    (lost,) = bodies(LeaseLost)
    heir = next(begun for begun in bodies(Delegated) if begun.replaces)
    assert heir.start_tree == lost.tree != heir.base_tree
    assert [closed.tree for closed in bodies(DelegationClosed)] == whole


def killed_after(it: Office, number: int) -> None:
    """Run the task in a process that dies when it has written so many events."""
    place = ("--model", "openai/scripted", "--api-base", it.server.base)
    flags = (*place, "--reply-format", "native", "--sandbox", "host", *JSON)
    command = (sys.executable, "-m", "tests.support.killed_at", str(number), "run", TASK)
    killed = subprocess.run(
        [*command, *flags], cwd=it.desk.repo, env=_importable(), capture_output=True
    )
    assert killed.returncode == -9, killed.stderr
    assert len(events()) == number


def _importable() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def _docker(*arguments: str) -> str:
    command = ["docker", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.docker
def test_ctrl_c_stops_every_coder_and_resume_goes_on(office: Opened) -> None:
    slow = {
        name: [Turn(t.text, t.calls, latency=0.3) for t in CODERS[goal] if isinstance(t, Turn)]
        for name, goal in (("walls", WALLS), ("roof", ROOF), ("door", DOOR))
    }
    with office(script(**slow)) as it:
        with it.process(TASK, "--sandbox", "docker", *JSON) as process:
            wait_for(it.desk, "1.1", "tool_returned", 1)
            process.send_signal(signal.SIGINT)
            process.wait(30)
        assert process.returncode == 130
        assert events()[0].run_id not in labels()
        check_house(it, it.again())
    assert events()[0].run_id not in labels()
