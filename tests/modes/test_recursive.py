"""`recursive`: briefs, typed results, exact rollback, and the limits of the tree."""

from typing import Any

import pytest

from agentcli.journal.events import (
    AgentEnded,
    AgentStarted,
    Delegated,
    DelegationClosed,
    DelegationRefused,
    LimitHit,
    ToolReturned,
)
from tests.runs.conftest import Office, Opened, bodies
from tests.runs.scripts import bash, by_goal, delegate, finish, write

ROOT, CHILD, GRANDCHILD = "build the whole house", "lay a floor of oak", "saw seven boards"
TRY = [bash("echo brick > walls.txt"), bash("ls")]  # own steps, after which it may delegate
JSON = ("-o", "json")


def offered(it: Office, goal: str) -> set[str]:
    """The tools of the agent with this goal, as its model's first request names them."""
    chat = next(c.body for c in it.server.chats if goal in str(c.body["messages"][1]))
    return {tool["function"]["name"] for tool in chat["tools"]}


def last_told(it: Office, goal: str) -> str:
    """What the agent read in the last request it made."""
    chats: list[dict[str, Any]] = [c.body for c in it.server.chats]
    mine = [chat for chat in chats if goal in str(chat["messages"][1])]
    return str(mine[-1]["messages"])


def test_a_childs_work_is_its_own_commit_and_the_parent_goes_on(office: Opened) -> None:
    child = [write("floor.txt", "oak\n"), finish("the floor is laid")]
    root = [*TRY, delegate(CHILD, facts="oak only"), bash("echo roof > roof.txt"), finish("stands")]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        said = it.run(ROOT, *JSON)
        assert said.code == 0, said.err
        assert it.subjects(said) == [
            f"Work before delegating: {CHILD}",
            "the floor is laid",
            "stands",
        ]
        (closed,) = bodies(DelegationClosed)
        assert closed.result.status == "done"
        form = "--format=%(trailers:key=Agentcli-Agent,valueonly)"
        assert it.desk.git("log", "-1", form, closed.commit) == "1.1"
        assert it.desk.git("show", "--format=", "--name-only", closed.commit) == "floor.txt"
        child_task = next(c.body for c in it.server.chats if "oak only" in str(c.body))
        assert ROOT not in str(child_task["messages"][1])  # a brief is all that a child is told
    assert [one.brief.goal for one in bodies(AgentStarted)] == [ROOT, CHILD]
    assert said.json["agents"][1]["parent"] == "1"


@pytest.mark.parametrize("sandbox", ["host", pytest.param("docker", marks=pytest.mark.docker)])
def test_a_failed_child_is_rolled_back_exactly(office: Opened, sandbox: str) -> None:
    mess = "rm walls.txt; echo x >> a.py; mkdir -p d/e; echo x > d/e/f; chmod +x a.py; ln -s a.py l"
    child = [bash(mess), finish("I can't", "failed")]
    look = "find . -path ./.git -prune -o -type f -print -o -type l -print | sort"
    root = [*TRY, delegate(CHILD), bash(f'seen=$({look}); echo "$seen" > seen'), finish("without")]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        said = it.run(ROOT, "--sandbox", sandbox, *JSON)
        assert said.code == 0, said.err
        assert it.tree(said) == {
            "a.py": "a = 1",
            "walls.txt": "brick",
            "seen": "./a.py\n./walls.txt",
        }
        modes = it.desk.git("ls-tree", said.json["branch"], "a.py")
        assert modes.startswith("100644")
        assert "I can't" in last_told(it, ROOT)
    (begun,), (closed,) = bodies(Delegated), bodies(DelegationClosed)
    assert closed.rolled_back
    assert closed.tree == begun.base_tree
    assert closed.result.commit is None
    assert said.json["agents"][1]["rolled_back"]


def test_a_partial_result_is_kept(office: Opened) -> None:
    child = [write("floor.txt", "half\n"), finish("half of it", "partial")]
    root = [*TRY, delegate(CHILD), finish("stands")]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        said = it.run(ROOT, *JSON)
        assert it.tree(said)["floor.txt"] == "half"
    assert bodies(DelegationClosed)[0].result.status == "partial"


def test_a_childs_done_check_decides_not_its_word(office: Opened) -> None:
    child = [write("floor.txt", "pine\n"), finish("done!"), write("floor.txt", "oak\n"), finish()]
    root = [*TRY, delegate(CHILD, check="grep oak floor.txt"), finish("stands")]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        assert it.run(ROOT, *JSON).code == 0
    (closed,) = bodies(DelegationClosed)
    assert closed.result.check.passed
    checked = [one.check.passed for one in bodies(ToolReturned) if one.check]
    assert checked == [False, True]


def test_a_write_outside_the_briefs_paths_is_not_accepted(office: Opened) -> None:
    child = [
        bash("echo x > floor.txt; echo x > other.txt"),
        finish(),
        bash("rm other.txt"),
        finish("only the floor"),
    ]
    root = [*TRY, delegate(CHILD, paths=["floor.txt"]), finish("stands")]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        said = it.run(ROOT, *JSON)
        assert "other.txt" in last_told(it, CHILD)
        assert set(it.tree(said)) == {"a.py", "floor.txt", "walls.txt"}


def test_the_goal_of_an_ancestor_is_refused(office: Opened) -> None:
    root = [*TRY, delegate(f"{ROOT}!"), delegate(CHILD), finish()]
    child = [*TRY, delegate("Build THE whole house."), write("floor.txt", "oak\n"), finish()]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        said = it.run(ROOT, *JSON)
        assert said.code == 0, said.err
    assert len(bodies(DelegationRefused)) == 2
    assert [one.brief.goal for one in bodies(AgentStarted)] == [ROOT, CHILD]


def test_at_the_depth_limit_there_is_no_delegate_tool(office: Opened) -> None:
    grandchild = [write("boards.txt", "7\n"), finish()]
    child = [*TRY, delegate(GRANDCHILD), finish()]
    root = [*TRY, delegate(CHILD), finish()]
    with office(by_goal({GRANDCHILD: grandchild, CHILD: child, ROOT: root})) as it:
        said = it.run(ROOT, "--max-depth", "2", *JSON)
        assert said.code == 0, said.err
        assert "delegate" in offered(it, ROOT)
        assert "delegate" in offered(it, CHILD)
        assert "delegate" not in offered(it, GRANDCHILD)
    assert [agent["id"] for agent in said.json["agents"]] == ["1", "1.1", "1.1.1"]


def test_solo_and_depth_0_delegate_to_nobody(office: Opened) -> None:
    with office(by_goal({ROOT: [*TRY, finish()]})) as it:
        it.run(ROOT, "--mode", "solo", *JSON)
        it.run(ROOT, "--max-depth", "0", *JSON)
        assert len(it.server.chats) == 6
        for chat in it.server.chats:
            assert "delegate" not in {tool["function"]["name"] for tool in chat.body["tools"]}


def test_no_more_children_than_the_most_allowed(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCLI_MAX_CHILDREN", "1")
    child = [write("floor.txt", "oak\n"), finish()]
    root = [*TRY, delegate(CHILD), delegate(GRANDCHILD), finish()]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        assert it.run(ROOT, *JSON).code == 0
        assert "the most allowed" in last_told(it, ROOT)
    assert len(bodies(Delegated)) == len(bodies(DelegationRefused)) == 1


@pytest.mark.parametrize(("own", "refused"), [(0, True), (1, True), (2, False)])
def test_it_tries_itself_before_it_may_delegate(office: Opened, own: int, refused: bool) -> None:
    child = [write("floor.txt", "oak\n"), finish()]
    root = [*TRY[:own], delegate(CHILD), bash("echo x > x.txt"), finish()]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        assert it.run(ROOT, *JSON).code == 0
    assert len(bodies(DelegationRefused)) == refused
    assert len(bodies(Delegated)) == (not refused)


def test_a_childs_own_step_limit_ends_the_child_alone(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCLI_AGENT_STEPS", "3")
    child = [bash(f"echo {n} > floor.txt") for n in range(9)]
    root = [*TRY, delegate(CHILD), bash("test ! -e floor.txt"), finish("without")]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        said = it.run(ROOT, *JSON)
        assert said.code == 0, said.err
        assert set(it.tree(said)) == {"a.py", "walls.txt"}
    (closed,) = bodies(DelegationClosed)
    assert (closed.result.status, closed.rolled_back) == ("budget", True)
    assert [one.scope for one in bodies(LimitHit)] == ["1.1"]
    assert [one.status for one in bodies(AgentEnded)] == ["budget", "done"]
