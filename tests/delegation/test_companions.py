"""Companions: what a run's events say of how its agents worked together."""

from collections.abc import Sequence
from typing import Any

from agentcli.delegation.ledger.companions import Companions, companions
from agentcli.journal.events import (
    AgentStarted,
    Body,
    Brief,
    Call,
    Checkpoint,
    Delegated,
    DelegationClosed,
    Event,
    FileChange,
    GuardTripped,
    MergeConflicted,
    Merged,
    ModelReplied,
    PowerDenied,
    Result,
    RoleTaken,
    ToolReturned,
    Usage,
)

Told = tuple[str, Body] | tuple[str, Body, float]  # whose, what, and at which second


def told(*story: Told) -> Companions:
    events = []
    for seq, (agent, body, *at) in enumerate(story, start=1):
        second: float = at[0] if at else float(seq)  # type: ignore[assignment]
        events.append(
            Event(run_id="r", seq=seq, at=second, agent_id=agent, parent_id=None, body=body)  # type: ignore[arg-type]
        )
    return companions(events)


def reply(tokens: int, step: int = 1) -> ModelReplied:
    usage = Usage(input=tokens - 1, output=1)
    return ModelReplied(
        step=step, model="m", text="", finish_reason="stop", usage=usage, cost=None, seconds=0.0
    )


def used(tool: str, *paths: str, ok: bool = True) -> ToolReturned:
    """A tool's result; with paths, they were written."""
    changes = tuple(FileChange(path=path, status="M", added=1, removed=0) for path in paths)
    checkpoint = Checkpoint(number=1, tree="t", changes=changes) if paths else None
    return ToolReturned(
        call=Call(id="c", name=tool, arguments={}), ok=ok, output="", checkpoint=checkpoint
    )


def begun(name: str, **more: Any) -> Delegated:
    return Delegated(delegation=name, brief=Brief(goal="g"), base_tree="b", base_commit="b", **more)


def merged(name: str) -> Merged:
    return Merged(delegation=name, proposal=1, proposed="p", before="b", expected="e", commit="c")


def conflicted(name: str, *paths: str) -> MergeConflicted:
    return MergeConflicted(delegation=name, proposal=1, before="b", expected="e", paths=paths)


def closed(name: str) -> DelegationClosed:
    return DelegationClosed(
        delegation=name, result=Result(status="done"), rolled_back=False, tree="t", commit="c"
    )


def conflicts(*story: Told) -> int:
    return told(("1", begun("1.1")), ("1", begun("1.2")), *story).write_conflicts


def test_coordination_is_the_share_of_tokens_of_replies_that_worked_with_others() -> None:
    found = told(
        ("1", reply(30)),
        ("1", used("assign")),
        ("1", reply(20, 2)),
        ("1", used("write", "a.py")),
        ("1.1", reply(50)),
        ("1.1", used("ask")),
        ("1.1", used("ask")),  # a second call of one reply costs no more
    )
    assert (found.tokens, found.coordination_tokens, found.coordination) == (100, 80, 0.8)


def test_a_role_flip_is_reaching_for_anothers_tools_or_taking_another_role() -> None:
    denied = PowerDenied(tool="edit", reason="not yours")
    assert told(("1", denied)).role_flips == 1

    def roles(*names: str) -> int:
        return told(*[("1", RoleTaken(agent="1", role=name)) for name in names]).role_flips

    assert roles("planner") == 0
    assert roles("planner", "coder", "coder", "planner") == 2
    first, second = RoleTaken(agent="1.1", role="mason"), RoleTaken(agent="1.2", role="roofer")
    assert told(("1", first), ("1", second)).role_flips == 0


def test_a_flake_reply_says_it_wrote_and_changed_nothing() -> None:
    assert told(("1", used("write"))).flake_replies == 1
    assert told(("1", used("write", "a.py"))).flake_replies == 0
    assert told(("1", used("write", ok=False))).flake_replies == 0  # it was told so
    assert told(("1", used("read"))).flake_replies == 0


def test_loops_are_what_the_guards_found() -> None:
    tripped = GuardTripped(guard="repeats", reason="again", stopped=False)
    assert told(("1", tripped), ("1.1", tripped)).loops == 2


def test_a_write_conflict_is_between_children() -> None:
    brought = [("1.1", used("write", "a.py")), ("1", merged("1.1"))]
    assert conflicts(*brought, ("1", conflicted("1.2", "a.py"))) == 1
    assert conflicts(*brought, ("1", conflicted("1.2", "b.py"))) == 0
    assert conflicts(("1", used("write", "a.py")), ("1", conflicted("1.2", "a.py"))) == 0


def test_what_a_lost_child_wrote_is_brought_by_the_one_that_replaced_it() -> None:
    story: Sequence[Told] = [
        ("1.1", used("write", "a.py")),
        ("1", begun("1.3", replaces="1.1")),
        ("1", merged("1.3")),
        ("1", conflicted("1.2", "a.py")),
    ]
    assert conflicts(*story) == 1


def test_stall_time_runs_from_a_childs_last_change_to_its_end() -> None:
    started = AgentStarted(
        role="coder",
        model="m",
        reply_format="native",
        window=1,
        depth=1,
        brief=Brief(goal="g"),
        base_tree="b",
    )
    found = told(
        ("1", begun("1.1"), 0.0),
        ("1.1", started, 10.0),
        ("1.1", used("write", "a.py"), 30.0),
        ("1.1", used("read"), 70.0),
        ("1", closed("1.1"), 90.0),
    )
    assert found.stall_seconds == 60.0


def test_of_nothing_there_is_no_share_and_runs_add_up() -> None:
    assert told().coordination is None
    one = told(("1", reply(30)), ("1", used("assign")))
    assert (one + one).tokens == 60
