"""`replay`: the recorded replies again, in a real sandbox, without any model."""

import os

from agentcli.journal.events import ModelReplied, RunStarted
from agentcli.settings import state_dir
from tests.runs.conftest import Opened, bodies
from tests.runs.scripts import bash, by_goal, finish
from tests.runs.test_resume import HOUSE, REPLIES, ROOT, TEST, TREE


def test_a_replay_comes_to_the_same_files_and_asks_nobody(office: Opened) -> None:
    with office(by_goal(HOUSE)) as it:
        recorded = it.run(ROOT, *TEST)
        before = len(it.server.requests)
        said = it.desk.type("replay", "last", "--sandbox", "host", "-o", "json")
        assert said.code == 0, said.err
        assert "the same files" in said.err
        assert len(it.server.requests) == before
        assert said.json["run"] != recorded.json["run"]
        assert said.json["tree"] == recorded.json["tree"]
        assert it.tree(said) == TREE
    (begun,) = bodies(RunStarted)
    assert begun.replay_of == recorded.json["run"]
    assert len(bodies(ModelReplied)) == REPLIES


def test_a_replay_tells_when_the_files_came_out_different(office: Opened) -> None:
    count = "n=$(cat {0}/n 2>/dev/null); echo x$n > {0}/n; cp {0}/n n.txt"
    with office([]) as it:
        command = count.format(it.desk.repo.parent)
    with office(by_goal({ROOT: [bash(command), finish()]})) as it:
        assert it.run(ROOT, "-o", "json").code == 0
        said = it.desk.type("replay", "last", "--sandbox", "host", "-o", "json")
    assert "OTHER files" in said.err


def test_a_replay_sweeps_what_a_dead_owner_left_as_any_run_does(office: Opened) -> None:
    with office(by_goal({ROOT: [bash("true"), finish()]})) as it:
        it.run(ROOT)
        left = state_dir() / "sandboxes" / "left"
        left.mkdir(parents=True)
        os.utime(left, (0, 0))
        it.desk.type("replay", "last", "--sandbox", "host")
    assert not left.exists()
