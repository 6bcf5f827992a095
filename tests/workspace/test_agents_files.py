"""AGENTS.md is read from the snapshot, from the root down, and never from outside the tree."""

from pathlib import Path

from agentcli.workspace.agents_files import read_agents_md
from tests.workspace.conftest import Person, start


def test_from_the_root_down(person: Person, run_dir: Path) -> None:
    person.write("AGENTS.md", "root rules\n")
    person.write("sub/deep/AGENTS.md", "deep rules\n")
    person.write("other/AGENTS.md", "not asked for\n")
    person.write("sub/deep/er/x")
    run = start(person, run_dir)
    (person.root / "AGENTS.md").write_text("changed after the start\n")
    found = read_agents_md(run.store, run.store.base_tree, "sub/deep/er")
    assert [(g.path, g.text) for g in found] == [
        ("AGENTS.md", "root rules\n"),
        ("sub/deep/AGENTS.md", "deep rules\n"),
    ]
    assert len(read_agents_md(run.store, run.store.base_tree)) == 1


def test_links_inside_the_tree_are_followed_and_others_are_not(
    person: Person, run_dir: Path
) -> None:
    person.write("CLAUDE.md", "shared\n")
    (person.root / "AGENTS.md").symlink_to("CLAUDE.md")
    for name, target in {"out": "/etc/hostname", "up": "../../x", "loop": "AGENTS.md"}.items():
        (person.root / name).mkdir()
        (person.root / name / "AGENTS.md").symlink_to(target)
    person.write("out/up/x")
    run = start(person, run_dir)
    for directory in ("out", "up", "loop", "missing", "a.txt/x", "new\nline"):
        found = read_agents_md(run.store, run.store.base_tree, directory)
        assert [g.text for g in found] == ["shared\n"], directory


def test_the_size_is_limited(person: Person, run_dir: Path) -> None:
    person.write("AGENTS.md", "ü" * 100)
    person.write("sub/AGENTS.md", "more\n")
    run = start(person, run_dir)
    found = read_agents_md(run.store, run.store.base_tree, "sub", max_size=101)
    assert [(g.path, g.text, g.clipped) for g in found] == [("AGENTS.md", "ü" * 50, True)]


def test_without_any_there_is_none(person: Person, run_dir: Path) -> None:
    run = start(person, run_dir)
    assert read_agents_md(run.store, run.store.base_tree, "sub") == ()
