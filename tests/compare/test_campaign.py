"""Trials of a study: carried out, capped, refused, tried again."""

import json
import os
import signal
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from agentcli.compare.campaign import Caps
from agentcli.compare.store import Standing
from agentcli.journal.store import Journal
from tests.compare.conftest import Opened, does, results, writes
from tests.runs.scripts import by_goal, finish
from tests.support.scripted_server import Answer, Fault, Turn

HIDDEN = """\
id: {id}
prompt: Write {id}.txt.
start: {{files: {{a.py: "a = 1"}}}}
verify: test -e {id}.txt
hidden: {{files: {{h.txt: ""}}}}
"""


def test_a_batch_does_every_task_and_says_how(lab: Opened) -> None:
    script = by_goal({"Write one.txt": writes("one"), "Write two.txt": [finish("no", "failed")]})
    with lab(script, "one", "two") as it:
        said = it.type("batch")
    assert said.code == 1  # carried out, but not all are solved
    assert [(t["task"], t["score"], t["status"]) for t in said.json["trials"]] == [
        ("one", "solved", "verified"),
        ("two", "failed", "not_verified"),
    ]
    one = said.json["trials"][0]
    assert (one["steps"], one["input_tokens"], one["output_tokens"]) == (2, 200, 40)
    with Journal() as journal:
        assert {t["run_id"] for t in said.json["trials"]} == set(journal.run_ids())
    assert "✓ solved" in said.err and "✗ failed" in said.err


def test_the_same_command_again_asks_nothing(lab: Opened) -> None:
    with lab(does("one"), "one") as it:
        first, asked = it.type("batch"), len(it.server.chats)
        again = it.type("batch")
        assert (first.code, again.code, len(it.server.chats)) == (0, 0, asked)
    assert first.json["trials"] == again.json["trials"]
    assert "1 of 1 were done before" in again.err


def test_arms_are_compared_on_the_same_tasks_and_seeds_at_one_budget(lab: Opened) -> None:
    with lab(does("one", "two"), "one", "two") as it:
        arms = ("--arm", "solo", "--arm", "deep=recursive:max-depth=1")
        said = it.type("compare", *arms, "--seeds", "2", "--budget-tokens", "9000", "-j", "2")
    assert said.code == 0
    trials = said.json["trials"]
    assert {(t["arm"], t["task"], t["seed"]) for t in trials} == {
        (arm, task, seed) for arm in ("solo", "deep") for task in ("one", "two") for seed in (1, 2)
    }
    for trial in trials:
        with Journal() as journal:
            begun = next(iter(journal.events(trial["run_id"]))).body
        settings: dict[str, Any] = begun.settings  # type: ignore[union-attr]
        assert (settings["max_tokens"], settings["seed"]) == (9000, trial["seed"])
        assert settings["max_depth"] == (1 if trial["arm"] == "deep" else 3)


def test_a_cap_stops_new_trials_and_a_higher_one_goes_on(lab: Opened) -> None:
    with lab(does("one", "two", "three"), "one", "two", "three") as it:
        said = it.type("batch", "--max-total-tokens", "400")
        assert said.code == 4
        assert "--max-total-tokens" in said.err
        assert len(said.json["trials"]) == 2
        more = it.type("batch", "--max-total-tokens", "4000")
    assert more.code == 0
    assert len(more.json["trials"]) == 3
    assert len(it.first_requests()) == 3


def test_a_cap_on_money_does_not_fail_open() -> None:
    spent = Standing(3, 1, 0, 2, 0, 0, tokens=100, cost=0.9, unpriced=0)
    caps = Caps(cost=1.0)
    assert caps.reached(spent) is None
    reached = caps.reached(replace(spent, cost=1.0))
    assert reached is not None and "--max-total-cost" in reached.reason
    unknown = caps.reached(replace(spent, unpriced=1))
    assert unknown is not None and "price is not known" in unknown.reason


def test_a_failure_of_infrastructure_is_tried_again_and_moves_no_score(lab: Opened) -> None:
    calls = count()
    good = does("one")

    def fails_first(request: dict[str, Any]) -> Answer:
        return Fault(status=403) if next(calls) == 1 else good(request)

    with lab(fails_first, "one") as it:
        said = it.type("batch")
    assert said.code == 0
    (trial,) = said.json["trials"]
    assert (trial["score"], trial["attempts"], trial["steps"]) == ("solved", 2, 2)
    assert "is tried again" in said.err
    assert len(it.first_requests()) == 1  # the run went on, nothing was paid twice


def test_a_run_that_gets_nowhere_is_begun_anew(lab: Opened) -> None:
    """Its first reply, then nothing but refusals until somebody begins from the start again."""
    good = does("one")
    begun = count()

    def lost(request: dict[str, Any]) -> Answer:
        first = not any(message["role"] == "assistant" for message in request["messages"])
        times = next(begun) if first else -1
        if times >= 1:
            recovered.append(True)
        return good(request) if first or recovered else Fault(status=403)

    recovered: list[bool] = []
    with lab(lost, "one") as it:
        said = it.type("batch")
    assert said.code == 0, said
    (trial,) = said.json["trials"]
    assert (trial["score"], trial["attempts"], trial["steps"]) == ("solved", 3, 2)
    assert said.json["standing"]["tokens"] == 3 * 120  # what the lost run took still counts
    assert len(it.first_requests()) == 2


def test_failures_in_a_row_stop_the_study_until_it_is_mended(lab: Opened) -> None:
    down = True

    def model(request: dict[str, Any]) -> Answer:
        return Fault(status=403) if down else good(request)

    names = [f"t{n}" for n in range(7)]
    good = does(*names)
    with lab(model, *names) as it:
        said = it.type("batch")
        assert said.code == 3
        assert len(it.server.chats) == 5
        assert "5 trials in a row" in said.err
        assert said.json["stopped"]["kind"] == "infra"
        down = False
        again = it.type("batch")
    assert again.code == 0
    assert again.json["standing"]["solved"] == 7


def test_only_what_infrastructure_failed_is_done_again(lab: Opened) -> None:
    down = True

    def one(request: dict[str, Any]) -> Answer:
        return Fault(status=403) if down else by_goal({"Write one.txt": writes("one")})(request)

    script = by_goal({"Write one.txt": one, "Write two.txt": writes("two")})
    with lab(script, "one", "two") as it:
        said = it.type("batch", "--retry-infra", "0")
        assert said.code == 3
        assert "have no score" in said.err
        assert {t["task"]: t["score"] for t in said.json["trials"]} == {
            "one": "infra",
            "two": "solved",
        }
        down, asked = False, len(it.server.chats)
        again = it.type("batch")
    assert again.code == 0
    assert len(it.server.chats) == asked + 2
    assert results(again)[0][4] == "solved"


def test_an_arm_that_needs_a_check_is_refused_where_agents_have_none(lab: Opened) -> None:
    with lab(does("one"), "one", task=HIDDEN) as it:
        said = it.type("compare", "--arm", "solo", "--arm", "e=swarm:policy=evidence")
        assert (said.code, it.server.chats) == (2, [])
    assert "Arm e decides by a check" in said.err and "one" in said.err
    assert "--only" in said.err


def test_a_study_of_other_versions_is_not_gone_on_with_unless_told(lab: Opened) -> None:
    with lab(does("one"), "one") as it:
        folder = Path(it.type("batch").json["study"])
        plan = json.loads((folder / "plan.json").read_text())
        plan["versions"]["agentcli"] = "0.0.1"
        (folder / "plan.json").write_text(json.dumps(plan))
        said = it.type("batch")
        assert said.code == 2
        assert "agentcli 0.0.1" in said.err and "--other-versions" in said.err
        assert it.type("batch", "--other-versions").code == 0


def test_ctrl_c_keeps_everything_and_the_same_command_goes_on(lab: Opened) -> None:
    slow = [Turn("x", [("write", {"path": "one.txt", "content": "x"})]), finish(latency=20)]
    turns: list[Answer] = list(slow)
    script = by_goal({"Write one.txt": lambda request: by_goal({"": turns})(request)})
    with lab(script, "one") as it:
        with it.start("batch") as process:
            while len(it.server.chats) < 2:
                assert process.poll() is None
            os.kill(process.pid, signal.SIGINT)
            _, err = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "0 of 1 trials are done" in err and "Traceback" not in err
        turns[1] = finish()
        said = it.type("batch")
    assert said.code == 0
    assert len(it.first_requests()) == 1


@pytest.mark.parametrize("flags", [("-j", "8", "--processes", "2")])
def test_more_processes_share_the_work(lab: Opened, flags: tuple[str, ...]) -> None:
    names = [f"t{n}" for n in range(6)]
    with lab(does(*names), *names) as it:
        said = it.type("batch", *flags)
        assert said.code == 0, said
        assert sorted(it.first_requests()) == sorted(set(it.first_requests()))
    assert said.json["standing"]["solved"] == 6
