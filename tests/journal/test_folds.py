"""Folds: what a person is shown, from events alone."""

from collections.abc import Iterable
from typing import Any

import pytest

from agentcli.ids import parent_agent_id
from agentcli.journal.events import (
    AgentEnded,
    AgentStarted,
    AnyBody,
    Applied,
    Brief,
    Call,
    Check,
    Checkpoint,
    Delegated,
    DelegationClosed,
    DelegationRefused,
    Event,
    LimitHit,
    ModelReplied,
    Prompted,
    Result,
    RunEnded,
    RunResumed,
    RunStarted,
    Submitted,
    ToolReturned,
    Undone,
    Usage,
    Verified,
)
from agentcli.journal.folds import RunView, fold
from agentcli.journal.stream import effective

STARTED = RunStarted(
    version="1",
    task="mend it",
    repo="/repo",
    head=None,
    branch="main",
    base_commit="c0",
    base_tree="t0",
    mode="recursive",
    models={"coder": "m"},
    test=None,
    settings={},
    seed=0,
)


def record(*said: tuple[str, AnyBody]) -> list[Event]:
    """Events a second apart, from (agent id, body)."""
    return [
        Event(
            run_id="r",
            seq=seq,
            at=100.0 + seq,
            agent_id=agent,
            parent_id=parent_agent_id(agent),
            body=body,
        )
        for seq, (agent, body) in enumerate(said, 1)
    ]


def view(*said: tuple[str, AnyBody]) -> RunView:
    return fold("r", record(*said))


def begun(goal: str, depth: int = 0) -> AgentStarted:
    return AgentStarted(
        role="coder",
        model="m",
        reply_format="native",
        window=8000,
        depth=depth,
        brief=Brief(goal=goal),
        base_tree="t0",
    )


def reply(cost: float | None = 0.25, **usage: int) -> ModelReplied:
    return ModelReplied(
        step=1,
        model="m",
        text="",
        finish_reason="stop",
        usage=Usage(**usage),
        cost=cost,
        seconds=0.5,
    )


def wrote(number: int, tree: str) -> ToolReturned:
    call = Call(id="c", name="write", arguments={})
    checkpoint = Checkpoint(number=number, tree=tree)
    return ToolReturned(call=call, ok=True, output="", checkpoint=checkpoint)


def ended(status: Any = "verified", code: int = 0) -> RunEnded:
    return RunEnded(status=status, reason="", exit_code=code)


def delegated(child: str) -> Delegated:
    return Delegated(delegation=child, brief=Brief(goal="part"), base_tree="t1", base_commit="c1")


def closed(child: str, status: Any, tree: str) -> DelegationClosed:
    return DelegationClosed(
        delegation=child,
        result=Result(status=status),
        rolled_back=status != "done",
        tree=tree,
        commit="c",
    )


FAMILY: tuple[tuple[str, AnyBody], ...] = (
    ("", STARTED),
    ("1", begun("whole")),
    ("1", wrote(1, "t1")),
    ("1", delegated("1.1")),
    ("1.1", begun("part", 1)),
    ("1.1", wrote(1, "t2")),
    ("1.1", Submitted(status="done", summary="", tree="t2", commit="c2")),
    ("1.1", AgentEnded(status="done")),
    ("1", closed("1.1", "done", "t2")),
    ("1", delegated("1.2")),
    ("1.2", begun("other part", 1)),
    ("1.2", wrote(1, "t3")),
    ("1.2", AgentEnded(status="failed", reason="stuck")),
    ("1", closed("1.2", "failed", "t2")),
)


def test_the_tree_of_agents_and_how_each_ended() -> None:
    run = view(*FAMILY, ("1", AgentEnded(status="done")), ("", ended()))
    assert list(run.agents) == ["1", "1.1", "1.2"]
    assert run.agents["1"].children == ["1.1", "1.2"]
    assert [a.brief.goal for a in run.agents.values()] == ["whole", "part", "other part"]
    assert [a.status for a in run.agents.values()] == ["done", "done", "failed"]
    assert [a.rolled_back for a in run.agents.values()] == [False, False, True]
    assert [a.checkpoints for a in run.agents.values()] == [1, 1, 1]
    assert (run.agents["1.1"].commit, run.agents["1.2"].reason) == ("c2", "stuck")


@pytest.mark.parametrize(
    ("events", "tree", "status"),
    [
        (1, "t0", None),
        (3, "t1", "working"),
        (4, "t1", "waiting"),
        (6, "t2", "waiting"),
        (9, "t2", "working"),
        (12, "t3", "waiting"),
        (14, "t2", "working"),
    ],
)
def test_at_any_moment_it_tells_the_tree_and_who_waits(
    events: int, tree: str, status: str | None
) -> None:
    run = view(*FAMILY[:events])
    assert run.tree == tree
    assert (run.agents["1"].status if run.agents else None) == status
    assert run.status == "open"


def test_a_new_try_stands_on_the_tree_that_it_was_put_back_to() -> None:
    back = Prompted(kind="task", text="again", tree="t0")
    assert view(*FAMILY[:3], ("1", back)).tree == "t0"


def test_spending_is_that_of_all_agents_and_of_each() -> None:
    first, second = reply(input=10, output=2, cached=4), reply(0.5, input=7, output=1)
    run = view(*FAMILY[:5], ("1", first), ("1.1", second))
    whole, child = run.spending, run.agents["1.1"].spending
    assert (whole.steps, whole.usage.total, whole.usage.cached) == (2, 20, 4)
    assert (whole.cost, whole.model_seconds, whole.cost_text) == (0.75, 1.0, "$0.7500")
    assert (child.steps, child.usage.total, child.cost) == (1, 8, 0.5)


@pytest.mark.parametrize("estimates", [[False, False], [True, False], [False, True]])
def test_a_sum_with_an_estimate_in_it_is_one(estimates: list[bool]) -> None:
    spent = view(*(("1", reply(estimated=estimate)) for estimate in estimates)).spending
    assert spent.usage.estimated is any(estimates)


@pytest.mark.parametrize(
    ("costs", "text"),
    [
        ([], "no cost"),
        ([0.0, 0.0], "no cost"),
        ([0.5], "$0.5000"),
        ([None, None], "price unknown"),
        ([0.5, None], "$0.5000 + unknown"),
    ],
)
def test_an_unknown_price_is_said_and_never_nothing(
    costs: Iterable[float | None], text: str
) -> None:
    assert view(*(("1", reply(cost)) for cost in costs)).spending.cost_text == text


def test_a_resume_takes_back_the_end_and_the_limit_but_no_spending() -> None:
    limit = LimitHit(limit="max_steps", value=1, scope="run")
    stopped: tuple[tuple[str, AnyBody], ...] = (
        ("", STARTED),
        ("1", begun("whole")),
        ("1", reply()),
        ("1", limit),
        ("", ended("limit", 4)),
    )
    run = view(*stopped)
    assert (run.status, run.limit, run.agents["1"].status) == ("limit", limit, "stopped")

    resumed: tuple[tuple[str, AnyBody], ...] = (
        *stopped,
        ("", RunResumed(rewind_to=3, settings={})),
        ("1", reply()),
    )
    run = view(*resumed)
    assert (run.status, run.limit, run.resumes) == ("open", None, 1)
    assert (run.agents["1"].status, run.spending.steps) == ("working", 2)
    kept = [event.seq for event in effective(record(*resumed))]
    assert kept == [1, 2, 3, 6, 7]


def test_a_resume_keeps_a_verdict_that_came_before_the_kill() -> None:
    verdict = Verified(tree="t1", check=Check(command="x", exit_code=0, passed=True))
    before = (("", STARTED), ("", verdict))
    assert view(*before, ("", RunResumed(rewind_to=2, settings={})), ("", ended())).verified
    assert view(*before, ("", RunResumed(rewind_to=1, settings={}))).verified is None


def test_a_verdict_an_applied_result_and_its_undoing() -> None:
    verdict = Verified(tree="t1", check=Check(command="x", exit_code=0, passed=True))
    applied = Applied(commit="c", backup="b", changes=())
    run = view(("", STARTED), ("", verdict), ("", ended()), ("", applied))
    assert (run.status, run.verified, run.applied) == ("verified", verdict, applied)
    run.apply(record(("", Undone(backup="b")))[0])
    assert run.applied is None


def test_corrections_refusals_and_calls_are_counted() -> None:
    run = view(
        ("1", Prompted(kind="correction", text="")),
        ("1", Prompted(kind="note", text="")),
        ("1", DelegationRefused(goal="g", reason="r")),
        ("1", wrote(1, "t")),
    )
    agent = run.agents["1"]
    assert (agent.corrections, agent.refusals, agent.tool_calls) == (1, 1, 1)
    assert agent.last_action == "write"


def test_only_work_counts_as_time() -> None:
    assert view(*FAMILY).seconds == len(FAMILY) - 1
    over = view(*FAMILY).seconds
    done = RunEnded(status="limit", reason="", exit_code=4)
    assert view(*FAMILY, ("", done), ("", Undone(backup="t"))).seconds == over + 1
    again = RunResumed(rewind_to=1, settings={})
    assert view(*FAMILY, ("", done), ("", Undone(backup="t")), ("", again)).seconds == over + 1
    assert fold("r", []).seconds == 0


@pytest.mark.parametrize("how", ["interrupted", "limit", "infra"])
def test_when_a_run_has_ended_nobody_works_or_waits(how: str) -> None:
    cut_off = (*FAMILY[:6], ("", ended(how, 4)))
    run = view(*cut_off)
    assert [agent.status for agent in run.agents.values()] == ["stopped", "stopped"]
    again = view(*cut_off, ("", RunResumed(rewind_to=6, settings={})))
    assert [agent.status for agent in again.agents.values()] == ["waiting", "working"]
