"""Apply writes what `git checkout` would; undo puts every byte back; the person's work is safe."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agentcli.errors import RepositoryFault
from agentcli.workspace.apply import AppliedChange, apply, pending, undo
from agentcli.workspace.land import export_branch
from agentcli.workspace.store import RunStore
from tests.workspace.conftest import Person, Run, look, run_git, start


def apply_commit(run: Run, commit: str) -> AppliedChange:
    return apply(run.store, run.person.root, run.store.base_tree, commit)


def undo_it(run: Run, applied: AppliedChange, *, force: bool = False) -> tuple[str, ...]:
    return undo(run.store, run.person.root, applied.backup, force=force)


def refused(run: Run, commit: str) -> RepositoryFault:
    """Apply, which must be refused with one line and must not write anything."""
    before = look(run.person.root)
    with pytest.raises(RepositoryFault) as caught:
        apply_commit(run, commit)
    assert "\n" not in str(caught.value)
    assert look(run.person.root) == before
    assert pending(run.store) is None
    return caught.value


def test_it_changes_adds_and_deletes_and_undo_takes_it_back(person: Person, run_dir: Path) -> None:
    person.write("dirty.txt", "uncommitted\n")
    person.write("only/child.txt", "x\n")
    run = start(person, run_dir)
    before, state = look(person.root), person.state()
    commit = run.commit(
        {"a.txt": "one\n2\nthree\n", "only/child.txt": None, "new/deep/file.txt": "n\n"}
    )
    applied = apply_commit(run, commit)
    assert (person.root / "a.txt").read_text() == "one\n2\nthree\n"
    assert (person.root / "new/deep/file.txt").read_text() == "n\n"
    assert not (person.root / "only").exists()
    assert (person.root / "dirty.txt").read_text() == "uncommitted\n"
    assert [(c.path, c.status) for c in applied.changes] == [
        ("a.txt", "M"),
        ("new/deep/file.txt", "A"),
        ("only/child.txt", "D"),
    ]
    assert person.state() == state
    assert set(undo_it(run, applied)) == {"a.txt", "new/deep/file.txt", "only/child.txt"}
    assert look(person.root) == before
    assert person.state() == state


def test_kinds_and_modes_change_and_come_back(person: Person, run_dir: Path) -> None:
    person.write("private.txt", "p\n", mode=0o600)
    person.write("group.txt", "g\n", mode=0o664)
    person.write("tool", "t\n", mode=0o750)
    person.write("dir/inner", "i\n")
    (person.root / "dir").chmod(0o700)
    (person.root / "dir/empty").mkdir(mode=0o711)
    (person.root / "link").symlink_to("./a//odd/../target/")
    (person.root / "to-dir").symlink_to("sub")
    run = start(person, run_dir)
    before = look(person.root)
    commit = run.commit(
        {
            "private.txt": "p2\n",
            "group.txt": ("100755", "g2\n"),
            "tool": ("120000", "group.txt"),
            "dir/inner": None,
            "dir": "now a file\n",
            "link": "no longer a link\n",
            "to-dir/real": "the link became a directory\n",
            "a.txt/x": "the file became a directory\n",
        }
    )
    applied = apply_commit(run, commit)
    after = look(person.root)
    assert after[b"tool"] == ("link", b"group.txt")
    assert (person.root / "dir").read_text() == "now a file\n"
    assert not (person.root / "link").is_symlink()
    assert (person.root / "to-dir/real").exists() and not (person.root / "sub/real").exists()
    assert os.access(person.root / "group.txt", os.X_OK)
    undo_it(run, applied)
    assert look(person.root) == before


@pytest.mark.parametrize(
    ("settings", "attributes"),
    [
        ({}, ""),
        ({"core.autocrlf": "true"}, ""),
        ({"core.autocrlf": "input"}, ""),
        ({"core.eol": "crlf"}, "* text=auto\n"),
        ({}, "*.txt text eol=crlf\n*.bin binary\n"),
        ({"filter.up.clean": "tr a-z A-Z", "filter.up.smudge": "tr A-Z a-z"}, "*.up filter=up\n"),
    ],
)
def test_it_writes_what_checkout_would(
    person: Person, run_dir: Path, settings: dict[str, str], attributes: str
) -> None:
    for name, value in settings.items():
        person.git("config", name, value)
    person.git("config", "core.safecrlf", "false")
    if attributes:
        person.write(".gitattributes", attributes)
    for name in ("lf.txt", "crlf.txt", "mixed.txt", "x.bin", "x.up"):
        ending = {"lf.txt": b"\n", "mixed.txt": b"\n"}.get(name, b"\r\n")
        person.write(name, b"a" + ending + b"b\r\n")
    run = start(person, run_dir)
    before = look(person.root)
    commit = run.commit(
        {
            "lf.txt": "A\nB\n",
            "crlf.txt": "A\nB\n",
            "mixed.txt": "A\r\nB\n",
            "x.bin": "A\r\nB\n",
            "x.up": "NEW\n",
            "new.txt": "A\nB\n",
            "new-crlf.txt": "A\r\nB\r\n",
            "run.sh": ("100755", "#!/bin/sh\n"),
        }
    )
    applied = apply_commit(run, commit)
    ours = look(person.root)
    undo_it(run, applied)
    assert look(person.root) == before
    branch = export_branch(run.store, person.root, commit)
    person.git("checkout", branch, "--", *(change.path for change in applied.changes))
    assert ours == look(person.root)


def test_apply_again_after_undo_and_twice(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    before = look(person.root)
    commit = run.commit({"a.txt": "1\n"})
    undo_it(run, apply_commit(run, commit))
    applied = apply_commit(run, commit)
    assert apply_commit(run, commit).changes == ()
    undo_it(run, applied)
    assert look(person.root) == before


def test_odd_names(person: Person, run_dir: Path) -> None:
    names = [b"new\nline", b'"q"', b"\xff\xfe", b"sp ace/\xc3\xbc", b"-a", b":(top)x"]
    run = start(person, run_dir)
    before = look(person.root)
    applied = apply_commit(run, run.commit(dict.fromkeys(names, b"x")))
    assert set(names) <= set(look(person.root))
    undo_it(run, applied)
    assert look(person.root) == before


def test_a_run_in_a_subdirectory_or_hook(
    person: Person, run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(person, run_dir)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    commit = run.commit({"a.txt": "1\n"})
    apply(run.store, person.root / "sub", run.store.base_tree, commit)
    assert (person.root / "a.txt").read_text() == "1\n"


def test_a_sparse_checkout(person: Person, run_dir: Path) -> None:
    person.write("shown/c.txt")
    person.commit()
    person.git("sparse-checkout", "set", "--cone", "shown")
    run = start(person, run_dir)
    before, state = look(person.root), person.state()
    applied = apply_commit(run, run.commit({"sub/b.txt": "changed\n", "shown/c.txt": "c\n"}))
    assert (person.root / "sub/b.txt").read_text() == "changed\n"
    undo_it(run, applied)
    assert look(person.root) == before
    assert person.state() == state


# ---- the person worked on meanwhile ----


def test_changes_to_other_files_are_kept(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    person.write("sub/b.txt", "mine\n")
    applied = apply_commit(run, run.commit({"a.txt": "1\n"}))
    person.write("later.txt", "mine\n")
    undo_it(run, applied)
    assert (person.root / "sub/b.txt").read_text() == "mine\n"
    assert (person.root / "later.txt").read_text() == "mine\n"


@pytest.mark.parametrize("autocrlf", ["false", "true"])
def test_both_sides_of_a_file_are_merged(person: Person, run_dir: Path, autocrlf: str) -> None:
    person.git("config", "core.autocrlf", autocrlf)
    ending = "\r\n" if autocrlf == "true" else "\n"
    lines = [f"line {number}" for number in range(10)]
    person.write("m.txt", ending.join([*lines, ""]))
    run = start(person, run_dir)
    person.write("m.txt", ending.join(["MINE", *lines[1:], ""]))
    before = look(person.root)
    applied = apply_commit(run, run.commit({"m.txt": "\n".join([*lines[:-1], "THEIRS", ""])}))
    both = ending.join(["MINE", *lines[1:-1], "THEIRS", ""]).encode()
    assert (person.root / "m.txt").read_bytes() == both
    assert applied.merged == ("m.txt",)
    undo_it(run, applied)
    assert look(person.root) == before


def test_what_does_not_merge_is_refused_as_a_whole(person: Person, run_dir: Path) -> None:
    person.write("bin", b"\0base")
    person.write("gone.txt", "x\n")
    run = start(person, run_dir)
    person.write("a.txt", "one\nMINE\nthree\n")
    person.write("bin", b"\0mine")
    (person.root / "gone.txt").unlink()
    fault = refused(
        run,
        run.commit(
            {
                "a.txt": "one\nTHEIRS\nthree\n",
                "bin": b"\0theirs",
                "gone.txt": "y\n",
                "sub/b.txt": "fine\n",
            }
        ),
    )
    assert "a.txt, bin, gone.txt" in fault.message
    assert "sub/b.txt" not in fault.message


def test_ignored_and_new_untracked_files_are_not_overwritten(person: Person, run_dir: Path) -> None:
    person.write(".gitignore", "*.env\n")
    person.write("secret.env", "mine\n")
    run = start(person, run_dir)
    person.write("new.txt", "mine\n")
    fault = refused(run, run.commit({"secret.env": "theirs\n", "new.txt": "theirs\n"}))
    assert "new.txt, secret.env" in fault.message


def test_a_directory_with_ignored_files_is_not_replaced(person: Person, run_dir: Path) -> None:
    person.write(".gitignore", "*.env\n")
    person.write("sub/secret.env", "mine\n")
    run = start(person, run_dir)
    refused(run, run.commit({"sub/b.txt": None, "sub": "a file now\n"}))


def test_an_ignored_file_in_a_directory_outlives_its_last_tracked_file(
    person: Person, run_dir: Path
) -> None:
    person.write(".gitignore", "*.env\n")
    person.write("sub/secret.env", "mine\n")
    run = start(person, run_dir)
    apply_commit(run, run.commit({"sub/b.txt": None}))
    assert (person.root / "sub/secret.env").read_text() == "mine\n"


@pytest.mark.parametrize("path", ["sub/b.txt", "fresh/new.txt"])
def test_nothing_is_written_through_a_link(
    person: Person, run_dir: Path, tmp_path: Path, path: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("b\n")
    run = start(person, run_dir)
    directory = person.root / Path(path).parent
    if directory.exists():
        directory.rename(tmp_path / "old")
    directory.symlink_to(outside)
    refused(run, run.commit({path: "written\n"}))
    assert {file.name: file.read_text() for file in outside.iterdir()} == {"b.txt": "b\n"}


def test_a_fifo_is_in_the_way(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    os.mkfifo(person.root / "pipe")
    with pytest.raises(RepositoryFault, match="pipe"):
        apply_commit(run, run.commit({"pipe": "x"}))


def test_nothing_is_written_into_git(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    blob = run_git(run.store.path, "hash-object", "-w", "--stdin", stdin=b"evil").strip()
    for name in (b".git", b".GIT", b"git~1"):
        inner = run_git(run.store.path, "mktree", stdin=b"100644 blob " + blob + b"\tconfig\n")
        line = b"040000 tree " + inner.strip() + b"\t" + name + b"\n"
        tree = run_git(run.store.path, "mktree", stdin=line).strip().decode()
        state = person.state()
        refused(run, run.store.commit(tree, [run.store.base_commit], "evil", {}))
        assert person.state() == state


# ---- undo ----


def test_undo_refuses_when_the_person_changed_the_files(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    before = look(person.root)
    applied = apply_commit(run, run.commit({"a.txt": "1\n", "new.txt": "n\n", "sub/b.txt": "2\n"}))
    person.write("a.txt", "mine\n")
    (person.root / "new.txt").unlink()
    (person.root / "sub/b.txt").chmod(0o755)
    with pytest.raises(RepositoryFault, match=r"a\.txt, sub/b\.txt\.") as caught:
        undo_it(run, applied)
    assert "--force" in caught.value.fix
    assert (person.root / "a.txt").read_text() == "mine\n"
    undo_it(run, applied, force=True)
    assert look(person.root) == before
    mine = run_git(run.store.path, "hash-object", "--stdin", stdin=b"mine\n").strip()
    assert run_git(run.store.path, "cat-file", "blob", mine) == b"mine\n", "undo lost it"


def test_undo_leaves_files_in_new_directories(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    applied = apply_commit(run, run.commit({"new/x.txt": "n\n"}))
    person.write("new/mine.txt", "mine\n")
    undo_it(run, applied)
    assert [file.name for file in (person.root / "new").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("force", [False, True])
def test_undo_does_not_remove_what_stands_in_the_way(
    person: Person, run_dir: Path, force: bool
) -> None:
    run = start(person, run_dir)
    applied = apply_commit(run, run.commit({"a.txt": None, "sub/b.txt": None}))
    person.write("a.txt/mine", "mine\n")
    person.write("sub", "mine\n")
    before = look(person.root)
    with pytest.raises(RepositoryFault):
        undo_it(run, applied, force=force)
    assert look(person.root) == before


def test_another_tree_is_no_backup(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    with pytest.raises(RepositoryFault, match="not a backup"):
        undo(run.store, person.root, run.store.base_tree)


# ---- cut off in the middle ----


def test_a_failure_in_the_middle_restores_everything(person: Person, run_dir: Path) -> None:
    person.git("config", "filter.bad.smudge", "false")
    person.git("config", "filter.bad.clean", "cat")
    person.git("config", "filter.bad.required", "true")
    person.write(".gitattributes", "z* filter=bad\n")
    run = start(person, run_dir)
    commit = run.commit({"a.txt": "1\n", "b/new.txt": "n\n", "sub/b.txt": None, "z.txt": "z\n"})
    refused(run, commit)


@pytest.mark.parametrize("name", ["b/new.txt", "zz.txt"])
def test_a_kill_in_the_middle_is_undone(person: Person, run_dir: Path, name: str) -> None:
    person.git("config", "filter.kill.smudge", "kill -9 $VICTIM $PPID")
    person.git("config", "filter.kill.clean", "cat")
    person.write(".gitattributes", f"{name} filter=kill\n")
    run = start(person, run_dir)
    before = look(person.root)
    commit = run.commit({"a.txt": "1\n", name: "n\n", "sub/b.txt": None})
    script = (
        "import os, sys; from pathlib import Path\n"
        "from agentcli.workspace.apply import apply\n"
        "from agentcli.workspace.store import RunStore\n"
        "os.environ['VICTIM'] = str(os.getpid())\n"
        "store = RunStore.open(Path(sys.argv[1]))\n"
        "apply(store, Path(sys.argv[2]), store.base_tree, sys.argv[3])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(run_dir), str(person.root), commit])
    assert done.returncode == -signal.SIGKILL
    assert look(person.root) != before
    store = RunStore.open(run_dir)
    with pytest.raises(RepositoryFault, match="cut off"):
        apply(store, person.root, store.base_tree, commit)
    backup = pending(store)
    assert backup is not None
    undo(store, person.root, backup)
    assert look(person.root) == before
    assert pending(store) is None
