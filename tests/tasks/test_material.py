"""A task becomes a repository with exactly what an agent may see."""

import os
from pathlib import Path

import pytest

from agentcli.errors import UsageFault
from agentcli.settings import state_dir
from agentcli.tasks.material import materialise, materialised
from agentcli.tasks.task import Layer, Task
from tests.workspace.conftest import Person, person, run_git  # noqa: F401

PATCH = """\
diff --git a/a.txt b/a.txt
--- a/a.txt
+++ b/a.txt
@@ -1,3 +1,3 @@
 one
-two
+2
 three
"""


def task(**start: object) -> Task:
    return Task(id="it", prompt="-", start=Layer(**start), verify="true")  # type: ignore[arg-type]


def names(repo: Path) -> list[str]:
    found = run_git(repo, "ls-files").decode().split("\n")
    assert run_git(repo, "status", "--porcelain") == b""
    return [name for name in found if name]


def test_a_folder_without_what_is_left_out(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for path in ("a.py", "sub/run.sh", "answer/a.py", "__pycache__/a.pyc", ".git/config"):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(path)
    (source / "sub/run.sh").chmod(0o755)
    (source / "link").symlink_to("a.py")
    with materialised(task(folder=source, without=("answer",), files={"b.txt": "B\r\n"})) as repo:
        assert names(repo) == ["a.py", "b.txt", "link", "sub/run.sh"]
        assert os.access(repo / "sub/run.sh", os.X_OK) and not os.access(repo / "a.py", os.X_OK)
        assert os.readlink(repo / "link") == "a.py"  # noqa: PTH115
        assert (repo / "b.txt").read_bytes() == b"B\r\n"
    assert not repo.exists()
    assert not list((state_dir() / "sandboxes").iterdir())


def test_a_commit_comes_without_its_history(tmp_path: Path, person: Person) -> None:  # noqa: F811
    first = person.git("rev-parse", "HEAD")
    person.write("a.txt", "the future\n")
    person.commit("the solution")
    repo = materialise(task(repository=person.root, commit=first, patch=PATCH), tmp_path / "made")
    assert names(repo) == ["a.txt", "sub/b.txt"]
    assert (repo / "a.txt").read_text() == "one\n2\nthree\n"
    assert run_git(repo, "rev-list", "--all", "--count").strip() == b"1"
    objects = run_git(repo, "cat-file", "--batch-all-objects", "--batch-check").decode()
    assert person.git("rev-parse", "HEAD") not in objects and first not in objects


def test_the_same_task_is_the_same_commit(tmp_path: Path) -> None:
    heads = {
        run_git(materialise(task(files={"a": "1"}), tmp_path / name), "rev-parse", "HEAD")
        for name in ("x", "y")
    }
    assert len(heads) == 1


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ({}, "starts from no file at all"),
        ({"files": {"a.txt": "other\n"}, "patch": PATCH}, "The patch doesn't fit"),
        ({"copies": {"a": Path("/no/such/file")}}, "can't be taken in"),
    ],
)
def test_what_can_not_be_had_is_said(tmp_path: Path, start: dict[str, object], said: str) -> None:
    with pytest.raises(UsageFault, match=f"Task it.*{said}"):
        materialise(task(**start), tmp_path / "repo")


def test_a_commit_that_is_not_there(tmp_path: Path, person: Person) -> None:  # noqa: F811
    with pytest.raises(UsageFault, match="has no commit 1234567"):
        materialise(task(repository=person.root, commit="1234567"), tmp_path / "made")
