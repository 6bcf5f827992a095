"""What becomes of replies that can't be used and of finishes that aren't borne out."""

from agentcli.journal.events import Prompted, ToolReturned
from tests.runs.conftest import Opened, bodies
from tests.runs.scripts import bash, by_goal, finish, write
from tests.support.scripted_server import Turn

TASK = "write b.py"
GARBLED = Turn("x", [("bash", '{"command": ')])
UNKNOWN = Turn("x", [("teleport", {"to": "Mars"})])
WORDS = Turn("I think that I should look at the files first.")


def corrections() -> list[Prompted]:
    return [one for one in bodies(Prompted) if one.kind == "correction"]


def test_each_malformed_reply_is_corrected_and_counted(office: Opened) -> None:
    turns = [GARBLED, UNKNOWN, WORDS, write("b.py", "b\n"), finish()]
    with office(by_goal({TASK: turns})) as it:
        said = it.run(TASK, "-o", "json")
        assert said.code == 0, said.err
        told = str(it.server.chats[2].body["messages"][-1])
    assert "teleport" in told
    assert len(corrections()) == 3
    assert all(one.fault for one in corrections())
    assert said.json["agents"][0]["corrections"] == 3


def test_too_many_in_a_row_end_the_run(office: Opened) -> None:
    with office(by_goal({TASK: [write("b.py", "b\n"), *[WORDS] * 9]})) as it:
        said = it.run(TASK, "-o", "json")
        assert len(it.server.chats) == 6
    assert (said.code, said.json["status"]) == (1, "failed")
    assert "5 replies in a row" in said.json["reason"]
    assert said.json["branch"] is not None  # what stood is kept all the same


def test_a_reply_that_repeats_itself_is_corrected_and_not_shown_back_whole(office: Opened) -> None:
    sentence = "I write the letter b into the file b.py now. "
    turns = [Turn(sentence * 400), write("b.py", "b\n"), finish()]
    with office(by_goal({TASK: turns})) as it:
        assert it.run(TASK, "-o", "json").code == 0
        back, told = it.server.chats[1].body["messages"][-2:]
    assert str(back).count(sentence.strip()) == 1
    assert "over and over" in str(told)
    assert [one.fault for one in corrections()] == ["repeated itself"]


def test_a_good_reply_between_them_begins_the_count_anew(office: Opened) -> None:
    turns = [*[WORDS] * 4, bash("echo b > b.py"), *[WORDS] * 4, finish()]
    with office(by_goal({TASK: turns})) as it:
        assert it.run(TASK, "-o", "json").code == 0
    assert len(corrections()) == 8


def test_a_finish_is_refused_while_the_check_fails(office: Opened) -> None:
    turns = [write("b.py", "b = 1\n"), finish("surely"), write("b.py", "b = 2\n"), finish("now")]
    with office(by_goal({TASK: turns})) as it:
        said = it.run(TASK, "--test", "cat b.py; grep -q 2 b.py", "-o", "json")
        told = str(it.server.chats[2].body["messages"][-1])
    assert said.code == 0, said.err
    assert "b = 1" in told  # the check's own output
    finishes = [one for one in bodies(ToolReturned) if one.call.name == "finish"]
    assert [one.ok for one in finishes] == [False, True]
    assert it.subjects(said) == ["now"]


def test_a_finish_with_nothing_changed_is_asked_about_once(office: Opened) -> None:
    with office(by_goal({TASK: [finish("did it"), finish("nothing is to be done")]})) as it:
        said = it.run(TASK, "-o", "json")
        assert len(it.server.chats) == 2
    assert (said.code, said.json["branch"]) == (0, None)


def test_going_round_in_circles_is_ended(office: Opened) -> None:
    with office(by_goal({TASK: [bash("ls")] * 20})) as it:
        said = it.run(TASK, "-o", "json")
        assert len(it.server.chats) == 6
    assert said.code == 1
    assert "same call" in said.json["reason"]
