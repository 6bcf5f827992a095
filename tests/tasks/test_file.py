"""A task file says what it means, and an error says where it is wrong."""

from pathlib import Path

import pytest

from agentcli.errors import UsageFault
from agentcli.tasks.file import read_file, to_yaml
from agentcli.tasks.find import find_tasks, select
from agentcli.tasks.task import Layer, Task

ONE = """\
id: one
prompt: Do it.
start: {files: {a.txt: "x"}}
verify: test -e b.txt
"""


def write(folder: Path, text: str, name: str = "t.yaml") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def complaint(file: Path) -> str:
    with pytest.raises(UsageFault) as caught:
        read_file(file)
    assert str(file) in caught.value.message
    return str(caught.value)


def test_a_file_holds_one_task_or_several(tmp_path: Path) -> None:
    (one,) = read_file(write(tmp_path, ONE))
    assert (one.id, one.verify, one.start.files) == ("one", "test -e b.txt", {"a.txt": "x"})
    indented = "".join(f"    {line}\n" for line in ONE.splitlines())
    several = "tasks:\n  -\n" + indented + "  -\n" + indented.replace("one", "two")
    assert [task.id for task in read_file(write(tmp_path, several))] == ["one", "two"]


def test_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "begin").mkdir()
    (task,) = read_file(write(tmp_path, ONE.replace('files: {a.txt: "x"}', "folder: begin")))
    assert task.start.folder == (tmp_path / "begin").resolve()
    assert "there is no" in complaint(
        write(tmp_path, ONE.replace("files: {a.txt", "copies: {a.txt"))
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ONE.replace("verify", "verifier"), "unknown key `verifier`. Did you mean `verify`?"),
        (ONE.replace("files:", "flies:"), "unknown key `start.flies`. Did you mean `files`?"),
        (ONE + "limits: {max_token: 3}", "key `limits.max_token`. Did you mean `max_tokens`?"),
        (ONE + "parts: [{name: a, goal: b, path: [c]}]", "`parts.0.path`. Did you mean `paths`?"),
        (ONE + "colour: red", "unknown key `colour`. There are: id, prompt"),
        (ONE + "timeout: -1", "`timeout`: Input should be greater than 0. It means: seconds"),
        (ONE + "image: a\ndockerfile: .", "give an image or a dockerfile, not both"),
        (ONE.replace("id: one", "id: 'o n e'"), "`id`: String should match pattern"),
        (ONE.replace("id: one\n", ""), "task 1: `id` is missing. It means: its name"),
        (ONE.replace("test -e b.txt", "true"), "`verify` is not a text. Put it in quotes."),
        ("- a\n- b\n", "holds no task"),
        ("tasks: {a: b}\n", "`tasks` stands alone and is a list"),
        ("id: 'one\n", "is not valid YAML: line"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    assert said in complaint(write(tmp_path, text))


def test_written_tasks_read_the_same(tmp_path: Path) -> None:
    task = Task(
        id="a.b-1",
        prompt="Two lines,\nwith: signs # and 'quotes'.\n",
        start=Layer(files={"a.py": "if x:\n    y = 1\n"}, patch="-a\n+b \n"),
        verify="true",
        hidden=Layer(files={"t": ""}),
        tags=("x",),
    )
    assert read_file(write(tmp_path, to_yaml([task]))) == [task]


def test_a_folder_is_its_files_and_its_task_folders(tmp_path: Path) -> None:
    write(tmp_path, ONE, "b.yaml")
    write(tmp_path, ONE.replace("one", "two"), "a.yml")
    write(tmp_path, ONE.replace("one", "three"), "deep/er/task.yaml")
    write(tmp_path, "no: task", "deep/other.yaml")
    assert [task.id for task in find_tasks(str(tmp_path))] == ["two", "one", "three"]
    write(tmp_path, ONE, "c.yaml")
    with pytest.raises(UsageFault, match=r"Two tasks of .* are called one"):
        find_tasks(str(tmp_path))


def test_what_is_nowhere_is_said_with_what_there_is(tmp_path: Path) -> None:
    for where, said in (
        (str(tmp_path / "none"), "There is no"),
        ("exercim:.", "Did you mean `exercism`?"),
        ("quixbugs:/no/such", "quixbugs reads a checkout of QuixBugs"),
        (str(write(tmp_path, "{}", "x.jsonl")), "humaneval"),
        (f"quixbugs:{tmp_path}", "Give a checkout"),
    ):
        with pytest.raises(UsageFault) as caught:
            find_tasks(where)
        assert said in str(caught.value)


def test_tasks_are_chosen_by_id_and_tag() -> None:
    tasks = [
        Task(id=name, prompt="-", start=Layer(), verify="true", tags=tags)
        for name, tags in (("a1", ("x",)), ("a2", ("x", "y")), ("b1", ("y",)))
    ]
    assert [task.id for task in select(tasks, only=["a*", "b1"], tags=["y"])] == ["a2", "b1"]
    with pytest.raises(UsageFault, match="None of 3 tasks fits"):
        select(tasks, only=["c"])


def test_an_agent_may_not_decide_by_what_it_can_not_see() -> None:
    task = Task(id="a", prompt="-", start=Layer(), verify="true")
    assert task.agents_check == "true"
    secret = task.model_copy(update={"hidden": Layer(files={"t": ""})})
    assert secret.agents_check is None
    assert secret.model_copy(update={"check": "ls"}).agents_check == "ls"
