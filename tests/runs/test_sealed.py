"""A run that is judged by files its agents never see."""

import asyncio

import pytest

from agentcli.journal.events import RunEnded, RunStarted, Verified
from agentcli.journal.store import Journal
from agentcli.runs.places import run_dir
from agentcli.runs.replay import replay_run
from agentcli.runs.resume import resume
from agentcli.runs.start import Order, start
from agentcli.settings import Settings
from agentcli.tasks.material import materialise
from agentcli.tasks.task import Layer, Task
from agentcli.workspace.git import store_git
from agentcli.workspace.store import RunStore
from tests.cli.conftest import Desk
from tests.cli.conftest import desk as desk
from tests.runs.conftest import bodies
from tests.runs.scripts import finish, write
from tests.support.scripted_server import Answer, Fault, ScriptedServer

TASK = Task(
    id="two",
    prompt="Write b.txt.",
    start=Layer(files={"a.txt": "a\n"}),
    verify="grep -qx 2 b.txt && test -f secret.txt",
    check="test -f b.txt",
    hidden=Layer(files={"secret.txt": "the answer is 2\n"}),
)


def carry_out(desk: Desk, script: list[Answer], task: Task = TASK) -> tuple[RunEnded, str]:
    """A real run of a task; what its model was told, too."""
    repo = materialise(task, desk.state / "task")
    with ScriptedServer(script) as server, Journal() as journal:
        settings = Settings(
            model="openai/scripted",
            api_base=server.base,
            reply_format="native",
            sandbox="host",
            mode="solo",
            test=task.verify,
            model_retries=0,
        )
        ended = asyncio.run(start(Order(task.prompt, repo, settings, task), journal))
        return ended, str([chat.body for chat in server.chats])


@pytest.mark.parametrize(("text", "status"), [("2\n", "verified"), ("3\n", "not_verified")])
def test_the_agent_decides_by_its_check_and_the_verdict_by_hidden_files(
    desk: Desk, text: str, status: str
) -> None:
    ended, told = carry_out(desk, [write("b.txt", text), finish()])
    assert ended.status == status
    assert "secret" not in told and TASK.verify not in told
    (verdict,) = bodies(Verified)
    assert verdict.check.command == TASK.verify


def test_hidden_files_survive_a_stop_and_a_replay(desk: Desk) -> None:
    ended, _ = carry_out(desk, [write("b.txt", "2\n"), Fault(status=400)])
    assert ended.status == "infra"
    with ScriptedServer([finish()]) as server, Journal() as journal:
        (run_id,) = journal.run_ids()
        again = asyncio.run(resume(run_id, journal, {"api_base": server.base}))
        assert again.status == "verified"
        replayed = asyncio.run(replay_run(run_id, journal, "host"))
    assert (replayed.ended.status, replayed.same_tree) == ("verified", True)


def test_without_a_check_of_their_own_agents_have_none(desk: Desk) -> None:
    carry_out(desk, [write("b.txt", "2\n"), finish()], TASK.model_copy(update={"check": None}))
    (begun,) = bodies(RunStarted)
    assert (begun.test, begun.agents_check) == (TASK.verify, None)


def test_hidden_files_are_in_no_object_that_a_sandbox_reads(desk: Desk) -> None:
    carry_out(desk, [write("b.txt", "2\n"), finish()])
    with Journal() as journal:
        (run_id,) = journal.run_ids()
    store = RunStore.open(run_dir(run_id))
    hidden = store.pinned("hidden")
    assert hidden is not None
    blob = store.files(hidden)["secret.txt"]
    sandbox_reads = store_git(store.objects.parent)
    assert store.git.ask("cat-file", "-e", blob).code == 0
    assert sandbox_reads.ask("cat-file", "-e", blob).code != 0
    assert sandbox_reads.ask("cat-file", "-e", store.files(store.base_tree)["a.txt"]).code == 0
