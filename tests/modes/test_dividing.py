"""How a small model, which writes only changed functions, comes to divide a task."""

from typing import Any

import pytest

from agentcli.journal.events import AgentStarted, Delegated, ModelReplied, Prompted
from tests.runs.conftest import Office, Opened, bodies
from tests.support.scripted_server import Answer, Fault, Turn

TASK = "up must give upper case and down must give lower case"
FILES = {
    "high.py": "def up(text):\n    return text\n",
    "low.py": "def down(text):\n    return text\n",
    "test_high.py": "import unittest\nfrom high import up\n\n\nclass T(unittest.TestCase):\n"
    "    def test_up(self):\n        self.assertEqual(up('a'), 'A')\n",
    "test_low.py": "import unittest\nfrom low import down\n\n\nclass T(unittest.TestCase):\n"
    "    def test_down(self):\n        self.assertEqual(down('A'), 'a')\n",
}
LINES = "high.py: up(text) must give upper case\nlow.py: down(text) must give lower case"
UP = "high.py\n```python\ndef up(text):\n    return text.upper()\n```"
DOWN = "low.py\n```python\ndef down(text):\n    return text.lower()\n```"
BAD = "high.py\n```python\ndef up(text):\n    return None\n```"
SMALL = ("--reply-format", "splice", "-o", "json")
ALL, FIRST = "python3 -m unittest", "python3 -m unittest -f"


def is_question(said: str) -> bool:
    return "you divide it among programmers" in said


class Small:
    """A model that can do one file at a time. `lost`: questions that get no answer."""

    def __init__(self, *, lost: int = 0, parts: str = LINES) -> None:
        self.lost = lost
        self.parts = parts
        self.questions: list[str] = []

    def __call__(self, request: dict[str, Any]) -> Answer:
        said = str(request["messages"][-1]["content"])
        if is_question(said):
            self.questions.append(said)
            return Fault(status=400) if len(self.questions) <= self.lost else Turn(self.parts)
        if said.startswith("Task: In high.py"):
            return Turn(UP)
        if said.startswith("Task: In low.py"):
            return Turn(DOWN)
        return Turn(BAD)


def furnish(it: Office) -> None:
    for name, text in FILES.items():
        (it.desk.repo / name).write_text(text)


@pytest.mark.parametrize("test", [ALL, FIRST], ids=["all tests", "stops at the first failure"])
def test_after_failed_tries_it_is_asked_for_parts_and_each_gets_an_agent(
    office: Opened, test: str
) -> None:
    model = Small()
    with office(model) as it:
        furnish(it)
        said = it.run(TASK, "--test", test, *SMALL)
        assert said.code == 0, said.err
        assert it.tree(said)["high.py"].endswith("text.upper()")
        assert it.tree(said)["low.py"].endswith("text.lower()")
    assert [agent["id"] for agent in said.json["agents"]] == ["1", "1.1", "1.2"]
    assert [one.brief.check for one in bodies(Delegated)] == [
        f"{test} test_high.py",
        f"{test} test_low.py",
    ]
    assert all(TASK in one.brief.facts for one in bodies(AgentStarted)[1:])
    (question,) = model.questions
    assert "def up(text)" in question and "return text" not in question  # no code to go on with
    assert len([one for one in bodies(Prompted) if one.kind == "task"]) == 4  # two tries, two parts


def test_it_is_asked_once(office: Opened) -> None:
    model = Small(parts="I would rather not.")
    with office(model) as it:
        furnish(it)
        assert it.run(TASK, "--test", ALL, "--max-steps", "7", *SMALL).code != 0
    assert len([one for one in bodies(Prompted) if one.kind == "parts"]) == 1


def test_what_was_asked_before_a_crash_is_not_asked_again(office: Opened) -> None:
    model = Small(lost=1, parts="I would rather not.")
    with office(model) as it:
        furnish(it)
        assert it.run(TASK, "--test", ALL, "--max-steps", "7", *SMALL).code == 3
        assert it.again().code != 0
    assert len([one for one in bodies(Prompted) if one.kind == "parts"]) == 1
    assert len(bodies(ModelReplied)) > 4  # it went on after the question


def test_a_part_of_one_file_is_not_divided_again(office: Opened) -> None:
    model = Small()

    def answer(request: dict[str, Any]) -> Answer:
        said = str(request["messages"][-1]["content"])
        return Turn(BAD) if said.startswith("Task: In high.py") else model(request)

    with office(answer) as it:
        furnish(it)
        assert it.run(TASK, "--test", ALL, "--max-steps", "8", *SMALL).code == 4
    assert [one.delegation for one in bodies(Delegated)] == ["1.1"]
    assert len(model.questions) == 1


def test_one_file_is_nothing_to_divide(office: Opened) -> None:
    model = Small()
    with office(model) as it:
        for name in ("high.py", "test_high.py"):
            (it.desk.repo / name).write_text(FILES[name])
        it.desk.git("rm", "-q", "a.py")
        it.desk.git("commit", "-qm", "only one")
        assert it.run(TASK, "--test", ALL, "--max-steps", "4", *SMALL).code == 4
    assert model.questions == []


def test_tests_are_shown_as_what_stays_unless_the_task_is_about_them(office: Opened) -> None:
    for task, kept in ((TASK, True), ("write more into test_high.py", False)):
        with office(Small()) as it:
            furnish(it)
            it.run(task, "--test", ALL, "--max-steps", "1", *SMALL)
            told = str(it.server.chats[0].body["messages"][-1]["content"])
        files, _, tests = told.partition("The tests, which stay as they are:")
        assert ("class T" in files, "def test_up" in tests) == (not kept, kept)


def test_tests_that_a_small_model_writes_anew_to_fit_its_code_are_left_out(office: Opened) -> None:
    tamed = "test_high.py\n```python\nclass T:\n    pass\n```"
    turns = iter([f"{BAD}\n{tamed}", tamed, f"{UP}\n\n{DOWN}\n\n{tamed}"])
    with office(lambda _: Turn(next(turns))) as it:
        furnish(it)
        said = it.run(TASK, "--test", ALL, "--mode", "solo", *SMALL)
        assert said.code == 0, said.err
        assert it.tree(said)["test_high.py"] == FILES["test_high.py"].strip()
    assert [one.fault for one in bodies(Prompted) if one.kind == "correction"] == ["no code"]


def test_it_gives_up_after_six_tries_in_vain_and_hands_over_none_of_them(office: Opened) -> None:
    tries = iter(range(9))
    with office(lambda _: Turn(BAD.replace("None", str(next(tries))))) as it:
        furnish(it)
        said = it.run(TASK, "--test", ALL, "--mode", "solo", *SMALL)
        assert len(it.server.chats) == 6
    assert (said.code, said.json["status"]) == (1, "not_verified")
    assert said.json["reason"] == "Stopped: 6 tries brought python3 -m unittest no nearer."
    assert said.json["branch"] is None


def test_a_solo_agent_is_never_asked(office: Opened) -> None:
    model = Small()
    with office(model) as it:
        furnish(it)
        assert it.run(TASK, "--test", ALL, "--mode", "solo", "--max-steps", "4", *SMALL).code == 4
    assert model.questions == []


def test_a_small_planner_is_asked_only_when_there_is_something_to_decide(office: Opened) -> None:
    def answer(request: dict[str, Any]) -> Answer:
        said = str(request["messages"][-1]["content"])
        if said.startswith("Task: In "):
            return Turn(UP if "In high.py" in said else DOWN, latency=0.7)
        if "Write the lines now" in said:
            return Turn(LINES)
        return Turn("FINISH" if "no work waits for you" in said else "ACCEPT")

    with office(answer) as it:
        furnish(it)
        said = it.run(TASK, "--test", ALL, "--mode", "swarm", "--coders", "2", *SMALL)
        assert said.code == 0, said.err
    assert [agent["steps"] for agent in said.json["agents"]] == [4, 1, 1]  # plan, two, finish
