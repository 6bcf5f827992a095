"""A run's commit arrives as a branch of its own, and nothing else in the repository moves."""

from pathlib import Path

import pytest

from agentcli.errors import RepositoryFault
from agentcli.workspace.land import delete_branch, export_branch
from tests.workspace.conftest import Person, run_git, start


def refs(person: Person) -> dict[str, str]:
    lines = person.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split(" ") for line in lines)


def test_the_branch_holds_exactly_the_commit(person: Person, run_dir: Path) -> None:
    person.write("untracked.txt")
    run = start(person, run_dir)
    commit = run.commit({"a.txt": "better\n"})
    before, index = refs(person), (person.root / ".git/index").read_bytes()
    branch = export_branch(run.store, person.root, commit)
    assert branch == "agentcli/testrun2"
    assert refs(person) == {**before, f"refs/heads/{branch}": commit}
    assert person.git("show", f"{branch}:a.txt") == "better"
    assert person.git("show", f"{branch}:untracked.txt") == "text"
    assert (person.root / ".git/index").read_bytes() == index
    assert not (person.root / ".git/FETCH_HEAD").exists()
    assert not (person.root / ".git/shallow").exists()
    person.git("fsck", "--strict")


@pytest.mark.parametrize("history", [1, 3])
def test_a_run_with_little_history_leaves_the_persons_history_whole(
    person: Person, run_dir: Path, history: int
) -> None:
    for number in range(6):
        person.write("a.txt", f"{number}\n")
        person.commit()
    run = start(person, run_dir, history)
    branch = export_branch(run.store, person.root, run.commit({"c": "c"}))
    assert not (person.root / ".git/shallow").exists()
    assert len(person.git("rev-list", branch).splitlines()) == 9


def test_it_works_after_the_person_moved_on(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir, 1)
    person.git("checkout", "-q", "--orphan", "fresh")
    person.commit("unrelated")
    person.git("branch", "-q", "-D", "main")
    person.git("reflog", "expire", "--expire=now", "--all")
    branch = export_branch(run.store, person.root, run.commit({"c": "c"}))
    assert person.git("show", f"{branch}:c") == "c"
    person.git("fsck", "--strict")


def test_shallow_clones_and_unborn_heads(person: Person, tmp_path: Path, run_dir: Path) -> None:
    for number in range(4):
        person.write("a.txt", f"{number}\n")
        person.commit()
    person.git("clone", "-q", "--depth=2", f"file://{person.root}", str(tmp_path / "clone"))
    person.git("init", "-q", str(tmp_path / "unborn"))
    Person(tmp_path / "unborn").write("x")
    for name in ("clone", "unborn"):
        other = Person(tmp_path / name)
        run = start(other, run_dir / name, 50)
        branch = export_branch(run.store, other.root, run.commit({"c": "c"}))
        assert other.git("show", f"{branch}:c") == "c"
        other.git("fsck", "--strict")


def test_pins_come_only_when_asked_for(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    commit = run.commit({"a.txt": "better\n"})
    run.store.pin("checkpoint/1", run.tree({"a.txt": "half\n"}))
    export_branch(run.store, person.root, commit)
    assert "refs/agentcli/testrun2/checkpoint/1" not in refs(person)
    branch = export_branch(run.store, person.root, commit, pins=True)
    assert "refs/agentcli/testrun2/checkpoint/1" in refs(person)
    delete_branch(run.store, person.root, branch)
    assert not [name for name in refs(person) if "agentcli" in name]


def test_our_own_branch_is_moved_but_never_the_persons(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    first, second = run.commit({"a.txt": "1\n"}), run.commit({"a.txt": "2\n"})
    assert export_branch(run.store, person.root, first) == "agentcli/testrun2"
    assert export_branch(run.store, person.root, second) == "agentcli/testrun2"
    person.git("checkout", "-q", "agentcli/testrun2")
    assert export_branch(run.store, person.root, second) == "agentcli/testrun2"
    assert export_branch(run.store, person.root, first) == "agentcli/testrun2-2"
    person.write("mine.txt")
    mine = person.commit()
    person.git("checkout", "-q", "main")
    assert export_branch(run.store, person.root, first) == "agentcli/testrun2-2"
    assert refs(person)["refs/heads/agentcli/testrun2"] == mine


def test_a_branch_named_agentcli_is_in_the_way(person: Person, run_dir: Path) -> None:
    person.git("branch", "agentcli")
    run = start(person, run_dir)
    branch = export_branch(run.store, person.root, run.commit({"a.txt": "1\n"}))
    assert branch == "agentcli-testrun2"


def test_a_checked_out_or_changed_branch_is_not_deleted(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    branch = export_branch(run.store, person.root, run.commit({"a.txt": "1\n"}))
    person.git("checkout", "-q", branch)
    with pytest.raises(RepositoryFault, match="is checked out"):
        delete_branch(run.store, person.root, branch)
    person.write("mine.txt")
    person.commit()
    person.git("checkout", "-q", "main")
    with pytest.raises(RepositoryFault, match="not the run's"):
        delete_branch(run.store, person.root, branch)


def test_hooks_do_not_run(person: Person, run_dir: Path) -> None:
    ran = person.root.parent / "ran"
    for hook in ("reference-transaction", "post-merge", "pre-auto-gc"):
        person.write(f".git/hooks/{hook}", f"#!/bin/sh\ntouch {ran}\n", mode=0o755)
    run = start(person, run_dir)
    branch = export_branch(run.store, person.root, run.commit({"a.txt": "1\n"}))
    delete_branch(run.store, person.root, branch)
    assert not ran.exists()


def test_a_commit_that_git_would_not_check_out_is_not_taken_in(
    person: Person, run_dir: Path
) -> None:
    """Even if something bad got into the run's repository, it ends there."""
    run = start(person, run_dir)
    blob = run_git(run.store.path, "hash-object", "-w", "--stdin", stdin=b"evil").strip()
    tree = run_git(run.store.path, "mktree", stdin=b"100644 blob " + blob + b"\t.git\n").strip()
    commit = run.store.commit(tree.decode(), [run.store.base_commit], "evil", {})
    with pytest.raises(RepositoryFault, match="hasDotgit"):
        export_branch(run.store, person.root, commit)
    assert "refs/heads/agentcli/testrun2" not in refs(person)
