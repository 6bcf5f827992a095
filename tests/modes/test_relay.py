"""`relay`: a fixed order; each sees what was finished before it, and chooses its own role."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from agentcli.journal.events import (
    AgentStarted,
    Delegated,
    DelegationClosed,
    LimitHit,
    ModelReplied,
    RoleTaken,
)
from agentcli.modes.relay import read_choice
from agentcli.runs.places import run_dir
from agentcli.workspace.store import RunStore
from tests.runs.conftest import Office, Opened, bodies, events
from tests.runs.scripts import Script, bash, finish, write
from tests.support.scripted_server import Answer, Fault, Turn

TASK = "build the whole house"
RELAY = ("--mode", "relay", "-o", "json")


def order(*agents: tuple[str, Sequence[Answer]]) -> Script:
    """For each agent what it chooses, and its turns at work."""

    def answer(request: dict[str, Any]) -> Answer:
        messages = request["messages"]
        text = str(messages[1]["content"])
        number = re.search(r"You are number (\d+)", text)
        if number is None or TASK not in text:
            return Fault(status=400, message="who asks?")
        choice, turns = agents[int(number[1]) - 1]
        if "Do no work yet" in text:
            return Turn(choice)
        said = sum(m["role"] == "assistant" for m in messages)
        return turns[said] if said < len(turns) else Fault(status=400, message="no turn left")

    return answer


MASON = ("ROLE: mason", [write("walls.txt", "brick\n"), finish("the walls stand", "partial")])
ROOFER = ("ROLE: roofer", [bash("cat walls.txt > roof.txt"), finish("a roof on them")])
IDLER = ("ABSTAIN: the house stands", [])


def asked(it: Office, number: int, *, choosing: bool) -> str:
    """What the n-th agent was first told, when it chose or when it worked."""
    texts = [str(chat.body["messages"][1]["content"]) for chat in it.server.chats]
    mine = [text for text in texts if f"You are number {number} " in text]
    return next(text for text in mine if ("Do no work yet" in text) is choosing)


def test_each_builds_on_what_those_before_it_finished(office: Opened) -> None:
    with office(order(MASON, ROOFER)) as it:
        said = it.run(TASK, *RELAY, "--coders", "2")
        assert said.code == 0, said.err
        assert it.tree(said) == {"a.py": "a = 1", "walls.txt": "brick", "roof.txt": "brick"}
        assert it.subjects(said) == ["the walls stand", "a roof on them"]
        assert "nothing has been done yet" in asked(it, 1, choosing=True)
        (first, _) = bodies(DelegationClosed)
        for choosing in (True, False):
            told = asked(it, 2, choosing=choosing)
            assert "mason: partial. the walls stand" in told
            assert f"walls.txt (+1 −0) in commit {first.commit[:12]}" in told
        assert "The role that you chose: roofer" in asked(it, 2, choosing=False)
    assert [(one.agent, one.role) for one in bodies(RoleTaken)] == [
        ("1.1", "mason"),
        ("1.2", "roofer"),
    ]


def test_a_turn_is_a_delegation_with_its_trees_pinned(office: Opened) -> None:
    """So it can be seen that the second took the first one's line away."""
    vandal = ("ROLE: painter", [write("walls.txt", "wood\n"), finish("nicer")])
    with office(order(MASON, vandal)) as it:
        said = it.run(TASK, *RELAY, "--coders", "2").json
        run = said["run"]
        form = "--format=%s/%(trailers:key=Agentcli-Overrides,valueonly,separator=)"
        log = it.desk.git("log", "-2", form, said["branch"]).splitlines()
        assert log == ["nicer/1.1", "the walls stand/"]
    begun, closed = bodies(Delegated), bodies(DelegationClosed)
    assert [one.delegation for one in begun] == ["1.1", "1.2"]
    assert begun[1].base_tree == closed[0].tree
    store = RunStore.open(run_dir(run))
    for agent in ("1.1", "1.2"):
        for end in ("base", "proposal/1", "final", "ck/1"):
            assert store.pinned(f"{agent}/{end}"), (agent, end)
    before, after = store.pinned("1.1/final"), store.pinned("1.2/final")
    assert before is not None and after is not None
    assert [(c.path, c.added, c.removed) for c in store.changes(before, after)] == [
        ("walls.txt", 1, 1)
    ]


def test_who_abstains_does_nothing_and_the_next_are_told(office: Opened) -> None:
    with office(order(MASON, IDLER, ROOFER)) as it:
        said = it.run(TASK, *RELAY, "--coders", "3")
        assert set(it.tree(said)) == {"a.py", "walls.txt", "roof.txt"}
        assert "2. abstained: nothing done. the house stands" in asked(it, 3, choosing=True)
    assert [one.delegation for one in bodies(Delegated)] == ["1.1", "1.3"]
    roles = bodies(RoleTaken)
    assert [one.role for one in roles] == ["mason", None, "roofer"]
    assert roles[1].reason == "the house stands"


def test_nobody_abstains_from_what_nobody_has_done(office: Opened) -> None:
    clumsy = ("ABSTAIN: no wish", [bash("echo x > x"), finish("I can't", "failed")])
    unwilling = ("ABSTAIN: no wish", [write("walls.txt", "brick\n"), finish("done after all")])
    with office(order(clumsy, unwilling, IDLER)) as it:
        said = it.run(TASK, *RELAY, "--coders", "3")
        assert said.code == 0, said.err
        offered = ["ABSTAIN" in asked(it, number, choosing=True) for number in (1, 2, 3)]
    assert offered == [False, False, True]
    assert [one.role for one in bodies(RoleTaken)] == ["coder", "coder", None]


@pytest.mark.parametrize("reply_format", ["native", "fenced", "splice"])
def test_roles_are_chosen_in_plain_words_in_every_format(office: Opened, reply_format: str) -> None:
    code = Turn("It needs walls.\n\n```write walls.py\nBRICK = 1\n```\n```finish\nbuilt\n```\n")
    native = [write("walls.py", "BRICK = 1\n"), finish("built")]
    turns = native if reply_format == "native" else [code]
    with office(order(("**ROLE:** mason", turns), IDLER)) as it:
        flags = ("--coders", "2", "--reply-format", reply_format)
        said = it.run(TASK, *RELAY, *flags)
        assert said.code == 0, said.err
        assert it.tree(said)["walls.py"] == "BRICK = 1"
        assert all("tools" not in it.server.chats[n].body for n in (0, -1))
    assert [one.role for one in bodies(RoleTaken)] == ["mason", None]
    assert {one.reply_format for one in bodies(AgentStarted)} == {reply_format}


def test_failed_work_is_taken_back_before_the_next_begins(office: Opened) -> None:
    clumsy = ("ROLE: mason", [bash("rm a.py; echo x > x"), finish("I can't", "failed")])
    with office(order(clumsy, MASON)) as it:
        said = it.run(TASK, *RELAY, "--coders", "2")
        assert set(it.tree(said)) == {"a.py", "walls.txt"}
        assert "failed, and its changes were taken back. I can't" in asked(it, 2, choosing=True)
    assert [one.rolled_back for one in bodies(DelegationClosed)] == [True, False]


def test_no_agent_spends_what_those_after_it_need(office: Opened) -> None:
    endless = ("ROLE: mason", [bash(f"echo {n} > walls.txt") for n in range(50)])
    builder = ("ROLE: builder", [write("walls.txt", "brick\n"), finish()])
    with office(order(endless, builder)) as it:  # 120 tokens a call
        said = it.run(TASK, *RELAY, "--coders", "2", "--max-tokens", "1500")
        assert said.code == 0, said.err
        assert it.tree(said)["walls.txt"] == "brick"
    (hit,) = bodies(LimitHit)
    assert (hit.scope, hit.limit) == ("1.1", "max_tokens")


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_after_a_limit_it_goes_on_without_asking_twice(office: Opened, steps: int) -> None:
    with office(order(MASON, ROOFER)) as it:
        flags = (*RELAY, "--coders", "2", "--test", "grep -q brick roof.txt")
        assert it.run(TASK, *flags, "--max-steps", str(steps)).code == 4
        said = it.again("--max-steps", "50")
        assert said.code == 0, said.err
        assert it.tree(said)["roof.txt"] == "brick"
        assert len(it.server.chats) == 6
    replies = [e for e in events() if isinstance(e.body, ModelReplied)]
    assert len(replies) == 6
    assert len(bodies(RoleTaken)) == 2


def test_a_replay_takes_the_same_way(office: Opened) -> None:
    with office(order(MASON, IDLER, ROOFER)) as it:
        assert it.run(TASK, *RELAY, "--coders", "3").code == 0
        again = it.desk.type("replay", "last", "--sandbox", "host", "-o", "json")
    assert "the same files as" in again.err


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("ROLE: tester", ("tester", "")),
        ('Role: "reviewer who mends"', ("reviewer who mends", "")),
        ("Let me think.\n\n**Role**: schema author\n", ("schema author", "")),
        ("ABSTAIN: all is done", (None, "all is done")),
        ("I abstain.\nAbstain — nothing left", (None, "nothing left")),
        ("- role - tester", ("tester", "")),
        ("author of the parser", ("author of the parser", "")),
        ("ROLE:", ("coder", "It named no role.")),
        ("def f():\n    pass", ("coder", "It named no role.")),
        ("words " * 40, ("coder", "It named no role.")),
        ("", ("coder", "It named no role.")),
    ],
)
def test_a_choice_is_read_from_what_models_say(said: str, choice: tuple[str | None, str]) -> None:
    assert read_choice(said) == choice
