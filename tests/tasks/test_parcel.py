"""A task that travels: it starts from the same commit, is judged alike, and takes no solution."""

from pathlib import Path

from agentcli.tasks.material import materialise
from agentcli.tasks.parcel import pack_task, unpack_task
from agentcli.tasks.task import Layer, Task
from tests.workspace.conftest import run_git


def task(folder: Path) -> Task:
    (folder / "start").mkdir(parents=True)
    (folder / "start" / "run.sh").write_text("exit 1\n")
    (folder / "start" / "run.sh").chmod(0o755)
    (folder / "start" / "link").symlink_to("run.sh")
    (folder / "docker").mkdir()
    (folder / "docker" / "Dockerfile").write_text("FROM scratch\n")
    return Task(
        id="t",
        prompt="Do it.",
        start=Layer(folder=folder / "start"),
        hidden=Layer(files={"hidden/test.sh": "true\n", "run.sh": "exit 0\n"}),
        reference=Layer(files={"solution.txt": "42\n"}),
        dockerfile=folder / "docker" / "Dockerfile",
        verify="sh hidden/test.sh",
    )


def test_what_arrives_is_the_same_task(tmp_path: Path) -> None:
    here = task(tmp_path / "here")
    there = unpack_task(here, pack_task(here), tmp_path / "there")
    commits = [
        run_git(materialise(one, tmp_path / f"repo{n}"), "rev-parse", "HEAD")
        for n, one in enumerate((here, there))
    ]
    assert commits[0] == commits[1]
    assert (there.verify, there.prompt) == (here.verify, here.prompt)
    assert there.dockerfile is not None and there.dockerfile.read_text() == "FROM scratch\n"


def test_hidden_files_come_along_and_the_solution_does_not(tmp_path: Path) -> None:
    here = task(tmp_path / "here")
    there = unpack_task(here, pack_task(here), tmp_path / "there")
    assert there.hidden is not None and there.hidden.repository is not None
    listed = run_git(
        there.hidden.repository, "ls-tree", "-r", "--name-only", there.hidden.commit
    ).decode()
    assert listed.split() == ["hidden/test.sh", "link", "run.sh"]
    assert there.reference is None and not there.solvable
    assert not any("solution" in path.name for path in (tmp_path / "there").rglob("*"))
