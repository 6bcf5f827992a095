"""A snapshot holds what the person sees, and taking it changes nothing of theirs."""

import os
import time
from pathlib import Path

import pytest

from agentcli.errors import RepositoryFault
from agentcli.workspace.snapshot import BASE, take_snapshot
from tests.workspace.conftest import Person, run_git


def files(run_dir: Path, tree: str) -> dict[bytes, bytes]:
    """Path → mode and content, read by plain git from the snapshot's own repository."""
    found = {}
    for record in run_git(run_dir / BASE, "ls-tree", "-rz", tree).split(b"\0")[:-1]:
        head, path = record.split(b"\t", 1)
        mode, _, blob = head.split(b" ")
        found[path] = mode + b" " + run_git(run_dir / BASE, "cat-file", "blob", blob)
    return found


def test_it_holds_tracked_changed_and_untracked_files_but_no_ignored_ones(
    person: Person, run_dir: Path
) -> None:
    person.write(".gitignore", "*.log\n")
    person.write("a.txt", "changed\n")
    person.write("new/deep.txt", "new\n")
    person.write("noise.log")
    (person.root / "sub/b.txt").unlink()
    snapshot = take_snapshot(person.root, run_dir, 50)
    assert files(run_dir, snapshot.tree) == {
        b".gitignore": b"100644 *.log\n",
        b"a.txt": b"100644 changed\n",
        b"new/deep.txt": b"100644 new\n",
    }
    assert snapshot.dirty
    assert (snapshot.head, snapshot.branch) == (person.git("rev-parse", "HEAD"), "main")


def test_nothing_of_the_persons_changes(person: Person, run_dir: Path) -> None:
    person.write("a.txt", "staged\n")
    person.git("add", "a.txt")
    person.write("a.txt", "and changed again\n")
    person.write("b.txt")
    person.git("stash", "push", "-q", "--", "b.txt", check=False)
    person.write("untracked.txt")
    before = person.state()
    take_snapshot(person.root, run_dir, 50)
    assert person.state() == before


def test_a_clean_tree_is_not_dirty(person: Person, run_dir: Path) -> None:
    snapshot = take_snapshot(person.root, run_dir, 50)
    assert not snapshot.dirty
    assert snapshot.tree == person.git("rev-parse", "HEAD^{tree}")


def test_the_base_repository_stands_alone(person: Person, run_dir: Path) -> None:
    for number in range(5):
        person.write("a.txt", f"{number}\n")
        person.commit()
    take_snapshot(person.root, run_dir, 3)
    person.root.rename(person.root.with_name("moved"))
    base = run_dir / BASE
    assert not (base / "objects/info/alternates").exists()
    run_git(base, "fsck", "--full", "--strict")
    assert len(run_git(base, "rev-list", "--objects", "base").splitlines()) > 4


@pytest.mark.parametrize(("history", "commits"), [(1, 2), (3, 4), (6, 7), (50, 7)])
def test_only_so_much_history_comes_along(
    person: Person, run_dir: Path, history: int, commits: int
) -> None:
    for number in range(5):
        person.write("a.txt", f"{number}\n")
        person.commit()
    snapshot = take_snapshot(person.root, run_dir, history)
    base = run_dir / BASE
    assert len(run_git(base, "rev-list", "base").splitlines()) == commits
    every = run_git(base, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)")
    assert every.count(b"commit") == commits
    assert len(snapshot.shallow) == (0 if history == 50 else 1)


def test_history_with_merges_comes_along(person: Person, run_dir: Path) -> None:
    person.git("checkout", "-q", "-b", "side")
    person.write("side.txt")
    person.commit()
    person.git("checkout", "-q", "main")
    for number in range(4):
        person.write("a.txt", f"{number}\n")
        person.commit()
    person.git("merge", "-q", "--no-edit", "side")
    take_snapshot(person.root, run_dir, 3)
    run_git(run_dir / BASE, "fsck", "--full", "--strict")
    assert len(run_git(run_dir / BASE, "rev-list", "base").splitlines()) in (4, 5)


def test_old_secrets_stay_out(person: Person, run_dir: Path) -> None:
    person.write("secret", "hunter2\n")
    person.commit()
    blob = person.git("rev-parse", "HEAD:secret")
    (person.root / "secret").unlink()
    person.commit()
    person.commit()
    take_snapshot(person.root, run_dir, 2)
    known = run_git(
        run_dir / BASE, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"
    )
    assert blob.encode() not in known


def test_an_unborn_head_has_no_parent(tmp_path: Path, run_dir: Path) -> None:
    person = Person(tmp_path)
    person.git("init", "-q", "repo")
    person = Person(tmp_path / "repo")
    person.write("first.txt")
    snapshot = take_snapshot(person.root, run_dir, 50)
    assert (snapshot.head, snapshot.branch, snapshot.shallow) == (None, "main", ())
    assert run_git(run_dir / BASE, "rev-list", "--parents", "base").split() == [
        snapshot.commit.encode()
    ]
    assert not (person.root / ".git/index").exists()


def test_a_detached_head_has_no_branch(person: Person, run_dir: Path) -> None:
    person.git("checkout", "-q", "--detach")
    snapshot = take_snapshot(person.root, run_dir, 50)
    assert snapshot.branch is None
    assert snapshot.head == person.git("rev-parse", "HEAD")


def test_a_linked_worktree_is_its_own_tree(person: Person, tmp_path: Path, run_dir: Path) -> None:
    person.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    linked = Person(tmp_path / "linked")
    linked.write("only-here.txt")
    snapshot = take_snapshot(linked.root, run_dir, 50)
    assert snapshot.branch == "other"
    assert b"only-here.txt" in files(run_dir, snapshot.tree)


def test_a_subdirectory_finds_its_root(person: Person, run_dir: Path) -> None:
    snapshot = take_snapshot(person.root / "sub", run_dir, 50)
    assert snapshot.repo == person.root
    assert set(files(run_dir, snapshot.tree)) == {b"a.txt", b"sub/b.txt"}


@pytest.mark.parametrize("cone", ["--cone", "--no-cone"])
@pytest.mark.parametrize("sparse_index", ["--sparse-index", "--no-sparse-index"])
def test_a_sparse_checkout_keeps_what_it_hides(
    person: Person, run_dir: Path, cone: str, sparse_index: str
) -> None:
    person.write("shown/c.txt")
    person.commit()
    person.git("sparse-checkout", "set", cone, sparse_index, "shown", check=False)
    assert not (person.root / "sub").exists()
    person.write("shown/c.txt", "changed\n")
    person.write("outside/new.txt", "new\n")
    tree = files(run_dir, take_snapshot(person.root, run_dir, 50).tree)
    assert tree[b"sub/b.txt"] == b"100644 b\n"
    assert tree[b"shown/c.txt"] == b"100644 changed\n"
    assert tree[b"outside/new.txt"] == b"100644 new\n"


def test_a_split_index_stays_the_persons(person: Person, run_dir: Path) -> None:
    person.git("config", "core.splitIndex", "true")
    person.git("update-index", "--split-index")
    person.write("c.txt")
    before = person.state()
    tree = take_snapshot(person.root, run_dir, 50).tree
    assert person.state() == before
    assert set(files(run_dir, tree)) == {b"a.txt", b"sub/b.txt", b"c.txt"}


def test_modes_links_and_kinds_are_kept(person: Person, run_dir: Path) -> None:
    person.write("tool", "#!/bin/sh\n", mode=0o755)
    (person.root / "link").symlink_to("/etc/passwd")
    (person.root / "a.txt").unlink()
    person.write("a.txt/now-a-directory", "x")
    (person.root / "sub/b.txt").unlink()
    (person.root / "sub").rmdir()
    person.write("sub", "now a file")
    tree = files(run_dir, take_snapshot(person.root, run_dir, 50).tree)
    assert tree == {
        b"tool": b"100755 #!/bin/sh\n",
        b"link": b"120000 /etc/passwd",
        b"a.txt/now-a-directory": b"100644 x",
        b"sub": b"100644 now a file",
    }


def test_odd_names_are_kept(person: Person, run_dir: Path) -> None:
    names = [b"sp ace", b"new\nline", b'"quoted"', b"\xff\xfe", "ü/ñ".encode(), b":(top)x", b"-a"]
    for name in names:
        person.write(os.fsdecode(name), name)
    tree = files(run_dir, take_snapshot(person.root, run_dir, 50).tree)
    assert {name: tree[name] for name in names} == {name: b"100644 " + name for name in names}


@pytest.mark.parametrize("name", ['we"ird', '"quoted"', "col:on", "back\\slash"])
def test_odd_repository_paths_work(person: Person, run_dir: Path, name: str) -> None:
    root = person.root.rename(person.root.with_name(name))
    assert not take_snapshot(root, run_dir, 50).dirty


def test_an_intent_to_add_is_a_file(person: Person, run_dir: Path) -> None:
    person.write("soon.txt", "soon\n")
    person.git("add", "-N", "soon.txt")
    person.write("gone.txt")
    person.git("add", "-N", "gone.txt")
    (person.root / "gone.txt").unlink()
    tree = files(run_dir, take_snapshot(person.root, run_dir, 50).tree)
    assert tree[b"soon.txt"] == b"100644 soon\n"
    assert b"gone.txt" not in tree


def test_a_change_that_stat_can_not_see_is_seen(person: Person, run_dir: Path) -> None:
    """Same size, same time stamp as the index: git must look inside, also in our copy."""
    file = person.write("a.txt", "AAA\n")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    person.git("add", "a.txt")
    file.write_text("BBB\n")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    os.utime(person.root / ".git/index", (1_700_000_000, 1_700_000_000))
    tree = files(run_dir, take_snapshot(person.root, run_dir, 50).tree)
    assert tree[b"a.txt"] == b"100644 BBB\n"


@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
def test_line_endings_are_what_the_persons_git_makes_of_them(
    person: Person, run_dir: Path, autocrlf: str
) -> None:
    person.git("config", "core.safecrlf", "true")
    person.write(".gitattributes", "*.win text eol=crlf\n*.bin -text\n")
    for name in ("plain.txt", "x.win", "y.bin"):
        person.write(name, "a\r\nb\r\n")
    person.git("config", "core.autocrlf", autocrlf)
    tree = files(run_dir, take_snapshot(person.root, run_dir, 50).tree)
    person.git("-c", "core.safecrlf=false", "add", "-A")
    assert take_snapshot(person.root, run_dir.with_name("two"), 50).tree == person.git("write-tree")
    kept = b"100644 a\r\nb\r\n" if autocrlf == "false" else b"100644 a\nb\n"
    assert tree[b"plain.txt"] == kept
    assert tree[b"x.win"] == b"100644 a\nb\n"
    assert tree[b"y.bin"] == b"100644 a\r\nb\r\n"


def test_clean_filters_of_the_person_run(person: Person, run_dir: Path) -> None:
    person.git("config", "filter.up.clean", "tr a-z A-Z")
    person.write(".gitattributes", "*.up filter=up\n")
    person.write("x.up", "loud\n")
    tree = files(run_dir, take_snapshot(person.root, run_dir, 50).tree)
    assert tree[b"x.up"] == b"100644 LOUD\n"


def test_hooks_do_not_run(person: Person, run_dir: Path) -> None:
    ran = person.root.parent / "ran"
    for hook in ("pre-commit", "post-index-change", "reference-transaction", "post-commit"):
        person.write(f".git/hooks/{hook}", f"#!/bin/sh\ntouch {ran}\n", mode=0o755)
    person.write(".git/monitor", f"#!/bin/sh\ntouch {ran}\n", mode=0o755)
    person.git("config", "core.fsmonitor", ".git/monitor")
    person.write("c.txt")
    take_snapshot(person.root, run_dir, 50)
    assert not ran.exists()


def test_it_works_inside_a_hook_of_another_repository(
    person: Person, run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.git("init", "-q", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other/.git/index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "nowhere"))
    person.write("c.txt")
    snapshot = take_snapshot(person.root, run_dir, 50)
    assert snapshot.repo == person.root
    assert b"c.txt" in files(run_dir, snapshot.tree)


def test_nested_repositories_are_left_out_and_named(person: Person, run_dir: Path) -> None:
    for name in ("with [brackets]", "deep/er"):
        person.git("init", "-q", name)
        person.write(f"{name}/inner.txt")
    inner = Person(person.root / "with [brackets]")
    inner.git("-c", "commit.gpgSign=false", "commit", "-q", "--allow-empty", "-m", "x")
    person.write("deep/outer.txt")
    snapshot = take_snapshot(person.root, run_dir, 50)
    assert snapshot.left_out == ("deep/er", "with [brackets]")
    assert set(files(run_dir, snapshot.tree)) == {b"a.txt", b"sub/b.txt", b"deep/outer.txt"}


def test_a_shallow_clone_works(person: Person, tmp_path: Path, run_dir: Path) -> None:
    for number in range(5):
        person.write("a.txt", f"{number}\n")
        person.commit()
    person.git("clone", "-q", "--depth=2", f"file://{person.root}", str(tmp_path / "clone"))
    take_snapshot(tmp_path / "clone", run_dir, 50)
    run_git(run_dir / BASE, "fsck", "--full", "--strict")
    assert len(run_git(run_dir / BASE, "rev-list", "base").splitlines()) == 3


def test_a_partial_clone_works_without_its_history(
    person: Person, tmp_path: Path, run_dir: Path
) -> None:
    person.git("config", "uploadpack.allowFilter", "true")
    person.write("a.txt", "newer\n")
    person.commit()
    clone = tmp_path / "clone"
    person.git("clone", "-q", "--filter=blob:none", f"file://{person.root}", str(clone))
    person.root.rename(tmp_path / "unreachable")
    snapshot = take_snapshot(clone, run_dir, 50)
    assert snapshot.shallow == (snapshot.commit,)
    run_git(run_dir / BASE, "fsck", "--full", "--strict")


# ---- refused, each with one line and the fix ----


def refusal(where: Path, run_dir: Path) -> RepositoryFault:
    with pytest.raises(RepositoryFault) as caught:
        take_snapshot(where, run_dir, 50)
    fault = caught.value
    assert "\n" not in str(fault)
    assert fault.exit_code == 2
    assert fault.fix
    assert not (run_dir / BASE).exists()
    return fault


def test_not_a_repository(tmp_path: Path, run_dir: Path) -> None:
    assert "not in a git repository" in refusal(tmp_path, run_dir).message
    assert "not a directory" in refusal(tmp_path / "missing", run_dir).message


def test_bare_repositories_and_git_directories(person: Person, run_dir: Path) -> None:
    person.git("clone", "-q", "--bare", ".", "../bare.git")
    assert "bare repository" in refusal(person.root.parent / "bare.git", run_dir).message
    assert "inside .git" in refusal(person.root / ".git", run_dir).message


def test_a_repository_without_any_file(tmp_path: Path, run_dir: Path) -> None:
    Person(tmp_path).git("init", "-q", "repo")
    assert "holds no file" in refusal(tmp_path / "repo", run_dir).message


@pytest.mark.parametrize("what", ["merge", "rebase", "cherry-pick", "revert"])
def test_something_in_progress(person: Person, run_dir: Path, what: str) -> None:
    person.git("checkout", "-q", "-b", "side")
    person.write("a.txt", "side\n")
    person.commit()
    person.git("checkout", "-q", "main")
    person.write("a.txt", "main\n")
    person.commit()
    person.git(what, "HEAD^" if what == "revert" else "side", check=False)
    if what == "revert":
        person.git("revert", "--no-commit", "HEAD", check=False)
        person.write(".git/REVERT_HEAD", person.git("rev-parse", "HEAD"))
    assert f"A {what}" in refusal(person.root, run_dir).message


def test_a_bisect_in_progress(person: Person, run_dir: Path) -> None:
    person.git("bisect", "start")
    assert "A bisect is in progress" in refusal(person.root, run_dir).message


def test_unmerged_paths(person: Person, run_dir: Path) -> None:
    person.write("a.txt", "mine\n")
    person.git("stash", "push", "-q")
    person.write("a.txt", "theirs\n")
    person.commit()
    person.git("stash", "pop", "-q", check=False)
    assert "a.txt has unresolved merge conflicts" in refusal(person.root, run_dir).message


def test_submodules(person: Person, run_dir: Path) -> None:
    head = person.git("rev-parse", "HEAD")
    person.git("update-index", "--add", "--cacheinfo", f"160000,{head},vendor/lib")
    assert "submodules (vendor/lib)" in refusal(person.root, run_dir).message


def test_a_held_index_lock(person: Person, run_dir: Path) -> None:
    person.write(".git/index.lock", "")
    assert "index.lock" in refusal(person.root, run_dir).fix + refusal(person.root, run_dir).message


def test_a_file_that_git_can_not_take_in(person: Person, run_dir: Path) -> None:
    (person.root / "a.txt").unlink()
    os.mkfifo(person.root / "a.txt")
    assert "a.txt" in refusal(person.root, run_dir).message


def test_another_hash_function(tmp_path: Path, run_dir: Path) -> None:
    Person(tmp_path).git("init", "-q", "--object-format=sha256", "repo")
    assert "sha256" in refusal(tmp_path / "repo", run_dir).message


def test_a_path_with_a_line_break(person: Person, run_dir: Path) -> None:
    root = person.root.rename(person.root.with_name("new\nline"))
    assert "line break" in refusal(root, run_dir).message


def test_a_damaged_repository(person: Person, run_dir: Path) -> None:
    person.write(".git/refs/heads/main", "0" * 39 + "1\n")
    with pytest.raises(RepositoryFault) as caught:
        take_snapshot(person.root, run_dir, 50)
    assert "\n" not in caught.value.message


@pytest.mark.slow
def test_50_000_files_take_seconds(tmp_path: Path, run_dir: Path) -> None:
    root = tmp_path / "big"
    for number in range(50_000):
        file = root / f"d{number // 500}" / f"e{number % 500 // 20}" / f"f{number}.py"
        if number % 20 == 0:
            file.parent.mkdir(parents=True)
        file.write_text(f"# {number}\n")
    person = Person(root)
    person.git("init", "-q")
    person.git("config", "commit.gpgSign", "false")
    begun = time.monotonic()
    take_snapshot(root, run_dir / "untracked", 50)
    assert time.monotonic() - begun < 20
    person.commit()
    begun = time.monotonic()
    snapshot = take_snapshot(root, run_dir / "committed", 50)
    assert time.monotonic() - begun < 10
    assert snapshot.tree == person.git("rev-parse", "HEAD^{tree}")
