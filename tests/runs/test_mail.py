"""What a person says to an agent at work: queued, heard once, kept by the journal."""

import signal

from agentcli.ids import PERSON
from agentcli.journal.events import MessageDelivered, MessageSent, ModelReplied
from agentcli.journal.folds import fold
from tests.runs.conftest import Office, Opened, bodies, events
from tests.runs.scripts import bash, by_goal, finish, write
from tests.runs.test_resume import wait_for
from tests.support.scripted_server import Turn

TASK = "write b.py"
SOLO = ("--mode", "solo", "-o", "json")
SLOW = [bash("sleep 1.2"), write("b.py", "b = 1\n"), finish()]


def tell(it: Office, *words: str) -> None:
    said = it.desk.type("message", "last", *words)
    assert said.code == 0, said.err


def test_a_message_is_heard_before_the_next_step(office: Opened) -> None:
    with office(by_goal({TASK: SLOW})) as it, it.process(TASK, *SOLO) as process:
        wait_for(it.desk, "1", "model_replied", 1)
        tell(it, "1", "call it bee")
        assert process.wait(30) == 0
        (heard,) = bodies(MessageDelivered)
        assert (heard.sender, heard.text, heard.tree) == (PERSON, "call it bee", None)
        told = it.server.chats[-1].body["messages"]
        assert any("the person who gave the task" in str(m["content"]) for m in told)
        assert PERSON not in fold("", events()).agents


def test_an_urgent_one_breaks_off_the_reply_that_the_agent_waits_for(office: Opened) -> None:
    script = [bash("true"), Turn("never heard", latency=20.0), finish()]
    heard_it = [bash("true"), finish(status="partial")]

    def answer(request):  # type: ignore[no-untyped-def]
        said = "hurry" in str(request["messages"])
        turns = heard_it if said else script
        return turns[sum(m["role"] == "assistant" for m in request["messages"])]

    with office(answer) as it, it.process(TASK, *SOLO) as process:
        wait_for(it.desk, "1", "tool_returned", 1)
        tell(it, "1", "hurry", "--now")
        process.wait(15)
        assert [body.step for body in bodies(ModelReplied)] == [1, 2]
        assert len(bodies(MessageDelivered)) == 1


def test_an_agent_is_stopped_where_it_stands(office: Opened) -> None:
    script = [write("b.py", "b = 1\n"), Turn("never heard", latency=20.0)]
    with office(by_goal({TASK: script})) as it, it.process(TASK, *SOLO) as process:
        wait_for(it.desk, "1", "tool_returned", 1)
        tell(it, "1", "enough", "--stop")
        process.wait(15)
        view = fold("", events())
        assert view.agents["1"].reason == "Stopped by the person: enough"
        assert view.landed is not None, "what stood is landed"


def test_a_message_that_a_kill_cut_off_is_heard_after_the_resume(office: Opened) -> None:
    with office(by_goal({TASK: SLOW})) as it:
        with it.process(TASK, *SOLO) as process:
            wait_for(it.desk, "1", "model_replied", 1)
            tell(it, "1", "call it bee")
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert bodies(MessageSent) and not bodies(MessageDelivered)
        assert it.again().code == 0
        assert [heard.text for heard in bodies(MessageDelivered)] == ["call it bee"]


def test_nobody_hears_who_is_not_at_work(office: Opened) -> None:
    with office(by_goal({TASK: [write("b.py", "b = 1\n"), finish()]})) as it:
        it.run(TASK, *SOLO)
        said = it.desk.type("message", "last", "1", "hello")
        assert said.code == 2
        assert "not at work" in said.err
        assert "no agent '9'" in it.desk.type("message", "last", "9", "hello").err
