"""Many runs' patches by one call of git: each run its own, and none where something is gone."""

import shutil
from pathlib import Path

import pytest

from agentcli.workspace.patches import Change, patches
from tests.workspace.conftest import Person, Run, run_git, start

RUNS = 3


@pytest.fixture
def runs(person: Person, tmp_path: Path) -> list[Run]:
    person.write("kept.py", "a = 1\nb = 2\nc = 3\n")
    person.commit()
    places = [tmp_path / f'runs: "{n}"' / f"run{n}" for n in range(RUNS)]
    for place in places:
        place.parent.mkdir()
    return [start(person, place) for place in places]


def change(run: Run, files: dict[str | bytes, tuple[str, bytes] | bytes | str | None]) -> Change:
    return Change(run.store.run_dir, run.store.base_tree, run.tree(files))


def test_each_run_has_its_own_patch(runs: list[Run]) -> None:
    made = [change(run, {"new.py": b"n = %d\n" % n}) for n, run in enumerate(runs)]
    found = patches(made, "people")
    assert found == [
        run.store.diff(one.before, one.after) for run, one in zip(runs, made, strict=True)
    ]
    assert [f"+n = {n}" in (patch or "") for n, patch in enumerate(found)] == [True] * RUNS


def test_a_run_that_changed_nothing_has_an_empty_patch(runs: list[Run]) -> None:
    tree = runs[0].store.base_tree
    assert patches([Change(runs[0].store.run_dir, tree, tree)], "people") == [""]


def test_what_is_gone_takes_nothing_else_with_it(runs: list[Run]) -> None:
    made = [change(run, {f"{n}.py": b"x\n"}) for n, run in enumerate(runs)]
    shutil.rmtree(made[0].run_dir)
    made.append(Change(made[1].run_dir, "a" * 40, made[1].after))
    found = patches(made, "people")
    assert [patch is None for patch in found] == [True, False, False, True]


def test_a_lost_file_costs_one_patch(runs: list[Run]) -> None:
    made = [change(run, {f"{n}.py": b"content %d\n" % n}) for n, run in enumerate(runs)]
    store = runs[1].store
    blob = store.files(made[1].after)["1.py"]
    (store.path / "objects" / blob[:2] / blob[2:]).unlink()
    assert [patch is None for patch in patches(made, "people")] == [False, True, False]


def test_programs_get_what_git_applies(runs: list[Run], person: Person) -> None:
    made = change(runs[0], {"image.png": bytes(range(256)), "new.py": b"x\n"})
    (patch,) = patches([made], "programs")
    assert patch is not None
    run_git(person.root, "apply", "-", stdin=patch.encode())
    assert (person.root / "image.png").read_bytes() == bytes(range(256))
