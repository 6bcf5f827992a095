"""Whatever the agents change, apply and then undo leave the working tree byte for byte alike."""

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcli.workspace.apply import apply, undo
from tests.workspace.conftest import Person, look, start

# Few names, so that files, directories and links take each other's place.
names = st.sampled_from([b"a", b"b", b"a/x", b"a/y", b"b/x/deep", b"c\n", b"\xff"])
contents = st.sampled_from([b"", b"x", b"one\ntwo\n", b"one\r\ntwo\r\n", b"\0\r\n", b"mixed\r\n\n"])
modes = st.sampled_from(["100644", "100755", "120000"])
links = st.sampled_from([b"a", b"../out", b"/nowhere"])
entries = st.tuples(modes, contents, links).map(
    lambda e: (e[0], e[2] if e[0] == "120000" else e[1])
)


def without_clashes(files: dict[bytes, object]) -> dict[bytes, object]:
    """Drop what would need a file to be a directory too."""
    return {p: e for p, e in files.items() if not any(o.startswith(p + b"/") for o in files)}


trees = st.dictionaries(names, entries, max_size=5).map(without_clashes)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=trees, after=trees, autocrlf=st.sampled_from(["false", "true", "input"]))
def test_apply_then_undo_changes_nothing(
    before: dict[bytes, tuple[str, bytes]], after: dict[bytes, tuple[str, bytes]], autocrlf: str
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        person = Person(Path(directory) / "repo")
        person.root.mkdir()
        person.git("init", "-q")
        person.git("config", "core.autocrlf", autocrlf)
        person.write("always")
        for path, (mode, content) in before.items():
            target = person.root / os.fsdecode(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            if mode == "120000":
                target.symlink_to(os.fsdecode(content))
            else:
                target.write_bytes(content)
                target.chmod(0o750 if mode == "100755" else 0o640)
        run = start(person, Path(directory) / "run")
        seen, state = look(person.root), person.state()
        gone = {path: None for path in before if path not in after}
        commit = run.commit({**gone, **after})
        applied = apply(run.store, person.root, run.store.base_tree, commit)
        if autocrlf == "false":
            applied_tree = start(person, Path(directory) / "again").snapshot.tree
            assert applied_tree == run.store.tree_of(commit)
        undo(run.store, person.root, applied.backup)
        assert look(person.root) == seen
        assert person.state() == state
