"""A checkpoint holds the workspace exactly, and a restore brings exactly that back."""

from pathlib import Path

import pytest

from agentcli.sandbox.base import Sandbox
from tests.sandbox.conftest import ALL, Base, Opener

EDITS = r"""
set -e
printf 'one\r\ntwo\r\nthree\r\n' > crlf.txt
printf '\x00\xff' > bytes.bin
rm src/app.py
rm link.md && ln -s src/test_app.py link.md
chmod -x tool.sh && chmod +x README.md
mkdir -p new/deep && printf 'x\r\n' > 'new/deep/a b.txt' && touch new/empty
rm mixed.txt && mkdir mixed.txt && echo inside > mixed.txt/file
printf '$Id$ \r\n' > ident.md
mkdir -p ignored && echo kept > ignored/file
"""
STATE = (
    "find . -path ./.git -prune -o \\( -type f -o -type l \\) -printf '%P %y %m %l ' "
    "\\( -type f -exec sha256sum {} \\; -o -print \\) | sort"
)


async def test_nothing_changed_is_no_checkpoint(box: Sandbox, base: Base) -> None:
    assert await box.checkpoint(base.tree) is None
    await box.run("touch README.md src/*; mkdir empty ignored; echo x > ignored/y", timeout=10)
    assert await box.checkpoint(base.tree) is None


async def test_the_host_gets_exactly_the_bytes_of_the_workspace(box: Sandbox, base: Base) -> None:
    await box.run(EDITS, timeout=10)
    taken = await box.checkpoint(base.tree)
    assert taken is not None
    base.take(taken.pack)
    listing = base.listing(taken.tree)
    blob = base.git("cat-file", "blob", f"{taken.tree}:crlf.txt")
    assert blob == b"one\r\ntwo\r\nthree\r\n"
    assert base.git("cat-file", "blob", f"{taken.tree}:ident.md") == b"$Id$ \r\n"
    assert listing["README.md"].startswith("100755")
    assert listing["tool.sh"].startswith("100644")
    assert listing["link.md"].startswith("120000")
    assert not {"src/app.py", "mixed.txt", "ignored/file"} & set(listing)
    assert base.git("fsck", "--strict", "--no-dangling") == b""


async def test_a_restore_brings_back_files_modes_and_links(box: Sandbox, base: Base) -> None:
    before = (await box.run(STATE, timeout=10)).stdout
    await box.run(EDITS, timeout=10)
    edited = (await box.run(STATE, timeout=10)).stdout
    taken = await box.checkpoint(base.tree)
    assert taken is not None
    await box.restore(base.tree)
    assert (await box.run("cat ignored/file; rm -r ignored", timeout=10)).stdout == "kept\n"
    assert (await box.run(STATE, timeout=10)).stdout == before
    assert await box.checkpoint(base.tree) is None
    await box.restore(taken.tree)
    again = (await box.run(f"mkdir ignored; echo kept > ignored/file; {STATE}", timeout=10)).stdout
    assert again == edited


async def test_a_restore_within_the_same_second_and_size_is_seen(box: Sandbox, base: Base) -> None:
    await box.write("README.md", b"HELLO\n")
    taken = await box.checkpoint(base.tree)
    assert taken is not None
    for _ in range(3):
        await box.restore(base.tree)
        assert (await box.read("README.md")).data == b"hello\n"
        await box.restore(taken.tree)
        assert (await box.read("README.md")).data == b"HELLO\n"
        await box.write("README.md", b"HELLO\n")
        assert await box.checkpoint(taken.tree) is None


@pytest.mark.parametrize("backend", ALL)
async def test_another_sandbox_starts_where_one_stopped(
    opener: Opener, base: Base, backend: str
) -> None:
    first = await opener(backend)
    await first.run(EDITS, timeout=10)
    taken = await first.checkpoint(base.tree)
    assert taken is not None
    second = await opener(backend, tree=taken.tree, pack=taken.pack)
    await first.run("rm -r ignored", timeout=10)
    assert (await second.run(STATE, timeout=10)).stdout == (
        await first.run(STATE, timeout=10)
    ).stdout
    assert await second.checkpoint(taken.tree) is None
    # git in the workspace shows the work since the base commit as not yet committed
    status = (await second.run("git status --short", timeout=10)).stdout
    assert " D src/app.py" in status
    assert "?? new/" in status
    third = await opener(backend)
    await third.restore(taken.tree, taken.pack)
    assert await third.checkpoint(taken.tree) is None


async def test_git_in_the_workspace_works_as_usual(box: Sandbox, base: Base) -> None:
    assert (await box.run("git status --short", timeout=10)).stdout == ""
    assert (await box.run("git rev-parse HEAD", timeout=10)).stdout.strip() == base.commit
    await box.run("echo more >> README.md", timeout=10)
    assert "+more" in (await box.run("git diff", timeout=10)).stdout
    committed = await box.run("git commit -qam mine && git log --oneline", timeout=10)
    assert len(committed.stdout.splitlines()) == 2
    await box.restore(base.tree)
    assert (await box.read("README.md")).data == b"hello\n"


async def test_checkpoints_do_not_need_the_visible_repository(box: Sandbox, base: Base) -> None:
    await box.run("rm -rf .git; echo x > x", timeout=10)
    assert await box.checkpoint(base.tree) is not None
    await box.restore(base.tree)
    await box.run("rm -f x; ln -s /etc .git", timeout=10)
    assert await box.checkpoint(base.tree) is None


async def test_a_nested_repository_is_left_out_and_named(box: Sandbox, base: Base) -> None:
    await box.run(
        "mkdir 'ne sted!'; cd 'ne sted!'; git init -q; echo x > x; git add x; git commit -qm x;"
        "cd ..; git init -q empty; mkdir 'deep'; git init -q deep/er; echo y > y",
        timeout=10,
    )
    taken = await box.checkpoint(base.tree)
    assert taken is not None
    base.take(taken.pack)
    assert set(base.listing(taken.tree)) - set(base.listing(base.tree)) == {"y"}
    assert [note.split(" is a")[0] for note in taken.notes] == ["deep/er", "empty", "ne sted!"]


async def test_notes_are_few_and_fit_to_be_shown(box: Sandbox, base: Base) -> None:
    await box.run(r"for i in $(seq 30); do mkdir -p $'a\n\e[31m\xff'$i/.git; done", timeout=10)
    await box.write("new.txt", b"x")
    taken = await box.checkpoint(base.tree)
    assert taken is not None
    assert taken.notes[0].startswith(r"a\n\x1b[31m\xff1 is a repository")
    assert len(taken.notes) == 21
    assert taken.notes[-1] == "and 10 more"


async def test_a_repository_made_over_tracked_files_hides_no_change(
    box: Sandbox, base: Base
) -> None:
    await box.run(
        "cd src; git init -q; git add .; git commit -qm x;"
        "echo changed > app.py; rm test_app.py; mkdir sub; echo new > sub/new.py",
        timeout=10,
    )
    taken = await box.checkpoint(base.tree)
    assert taken is not None
    base.take(taken.pack)
    assert base.git("cat-file", "blob", f"{taken.tree}:src/app.py") == b"changed\n"
    listing = base.listing(taken.tree)
    assert "src/test_app.py" not in listing
    assert "src/sub/new.py" in listing
    await box.restore(base.tree)
    assert (await box.run("cat src/app.py", timeout=10)).stdout.startswith("def add")
    assert (await box.run("ls src", timeout=10)).stdout == "app.py\ntest_app.py\n"


@pytest.mark.parametrize("name", [".GIT/config", "a\nb", "-n", "'", "ünïcode", " lead", "a\\b"])
async def test_odd_names_do_not_stop_a_checkpoint(box: Sandbox, base: Base, name: str) -> None:
    await box.write(name, b"odd\n")
    await box.write("plain", b"plain\n")
    taken = await box.checkpoint(base.tree)
    assert taken is not None
    base.take(taken.pack)
    new = set(base.listing(taken.tree)) - set(base.listing(base.tree))
    assert new == ({"plain"} if name.startswith(".GIT") else {"plain", name})
    assert bool(taken.notes) is name.startswith(".GIT")


@pytest.mark.docker
async def test_a_file_that_cannot_be_read_is_named(opener: Opener, base: Base) -> None:
    box = await opener("docker")
    await box.run("echo x > secret; chmod 000 secret; echo y > open", timeout=10)
    taken = await box.checkpoint(base.tree)
    assert taken is not None
    base.take(taken.pack)
    assert set(base.listing(taken.tree)) - set(base.listing(base.tree)) == {"open"}
    assert any("secret" in note for note in taken.notes)


PLANT = r"""
for dir in .git "$HOME/.agentcli/git"; do
    mkdir -p "$dir/hooks"
    for hook in post-checkout pre-commit post-index-change reference-transaction fsmonitor; do
        printf '#!/bin/sh\ntouch "$HOME/ran" MARK\n' > "$dir/hooks/$hook"
        chmod +x "$dir/hooks/$hook"
    done
    git config -f "$dir/config" core.fsmonitor "$dir/hooks/fsmonitor"
    git config -f "$dir/config" core.hooksPath "$dir/hooks"
    git config -f "$dir/config" filter.evil.clean 'sh -c "touch MARK; cat"'
    git config -f "$dir/config" filter.evil.smudge 'sh -c "touch MARK; cat"'
done
echo '* filter=evil' > .gitattributes
echo more >> README.md
"""


async def test_planted_hooks_and_filters_reach_neither_host_nor_checkpoint(
    box: Sandbox, base: Base, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    await box.run(PLANT.replace("MARK", str(mark)), timeout=10)
    taken = await box.checkpoint(base.tree)
    assert taken is not None
    await box.restore(base.tree)
    await box.restore(taken.tree)
    await box.files()
    assert not mark.exists()
    assert (await box.run("ls $HOME/ran", timeout=10)).exit_code == 2
    base.take(taken.pack)
    assert base.git("cat-file", "blob", f"{taken.tree}:README.md") == b"hello\nmore\n"
