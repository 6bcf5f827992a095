"""The verifier: a command decides, on a tree, away from where an agent worked."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentcli.errors import SandboxFault
from agentcli.journal.events import Verified
from agentcli.sandbox.base import SandboxSpec
from agentcli.sandbox.host import HostBackend
from agentcli.settings import state_dir
from agentcli.tasks.verifier import Verifier
from agentcli.workspace.store import RunStore
from tests.workspace.conftest import Person, start

UNITTEST = f"{sys.executable} -m unittest -q"
WRONG = "def add(a, b):\n    return a - b\n"
RIGHT = "def add(a, b):\n    return a + b\n"
TEST = """\
import unittest
from calc import add

class T(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(4, 2), 6)
"""
FAKED = TEST.replace("6", "2")  # what the wrong `add` returns, in as many bytes


@dataclass(frozen=True)
class Court:
    """A run's base, and what is judged against it."""

    store: RunStore

    def tree(self, files: dict[str, str | None]) -> str:
        """The base with some files set, or removed (None)."""
        git = self.store.git.with_env(GIT_INDEX_FILE=str(self.store.run_dir / "agent.index"))
        git.run("read-tree", self.store.base_tree)
        for path, text in files.items():
            blob = git.text("hash-object", "-w", "--stdin", stdin=(text or "").encode())
            mode, name = ("0", "0" * 40) if text is None else ("100644", blob)
            entry = os.fsencode(f"{mode} {name}\t{path}\n")
            git.run("update-index", "--add", "--replace", "--index-info", stdin=entry)
        return git.text("write-tree")

    async def judge(self, verifier: Verifier, files: dict[str, str | None]) -> Verified:
        spec = SandboxSpec(
            owner=self.store.run,
            name="verifier",
            objects=self.store.objects,
            shallow=self.store.shallow,
            commit=self.store.base_commit,
            tree=self.tree(files),
        )
        verified = await verifier.judge(HostBackend(), spec, self.store, self.store.base_tree)
        assert verified.tree == spec.tree
        assert nothing_left()
        return verified


def nothing_left() -> bool:
    rooms = state_dir() / "sandboxes"
    return not rooms.exists() or not list(rooms.iterdir())


@pytest.fixture
def court(tmp_path: Path) -> Court:
    root = tmp_path / "repo"
    root.mkdir()
    person = Person(root)
    person.git("init", "-q")
    person.git("config", "user.name", "Ada")
    person.git("config", "user.email", "ada@example.invalid")
    person.write("calc.py", WRONG)
    person.write("test_calc.py", TEST)
    person.write("checks/limits.txt", "strict\n")
    person.write(".gitignore", "__pycache__/\n")
    person.commit()
    return Court(start(person, tmp_path / "runs" / "testrun2").store)


@pytest.mark.parametrize(("code", "passed", "exit_code"), [(RIGHT, True, 0), (WRONG, False, 1)])
async def test_the_exit_code_decides(court: Court, code: str, passed: bool, exit_code: int) -> None:
    verified = await court.judge(Verifier(UNITTEST, timeout=30), {"calc.py": code, "new.py": ""})
    check = verified.check
    assert (check.passed, check.exit_code, check.command) == (passed, exit_code, UNITTEST)
    assert ("FAILED" in check.output) is not passed
    assert (verified.changed_tests, verified.pristine) == ((), None)


async def test_a_command_that_takes_too_long_has_not_passed(court: Court) -> None:
    verified = await court.judge(Verifier("echo begun; sleep 60", timeout=0.3), {})
    check = verified.check
    assert (check.passed, check.exit_code) == (False, None)
    assert "begun" in check.output and 0.3 <= check.seconds < 10


async def test_changed_tests_are_reported_and_judged_again_as_they_were(court: Court) -> None:
    verified = await court.judge(Verifier(UNITTEST, timeout=30), {"test_calc.py": FAKED})
    assert verified.check.passed
    assert verified.changed_tests == ("test_calc.py",)
    assert verified.pristine is not None and not verified.pristine.passed


async def test_a_removed_test_is_a_changed_one(court: Court) -> None:
    verified = await court.judge(Verifier("true", timeout=30), {"test_calc.py": None})
    assert verified.changed_tests == ("test_calc.py",)
    verified = await court.judge(Verifier("test -e test_calc.py", 30), {"test_calc.py": None})
    assert not verified.check.passed
    assert verified.pristine is not None and verified.pristine.passed


async def test_new_tests_are_welcome(court: Court) -> None:
    verified = await court.judge(Verifier("true", timeout=30), {"test_more.py": "x = 1\n"})
    assert (verified.changed_tests, verified.pristine) == ((), None)


@pytest.mark.parametrize("pattern", ["checks/limits.txt", "checks/*", "**/*.txt", "checks"])
async def test_protected_files_are_put_back_before_the_verdict(court: Court, pattern: str) -> None:
    verifier = Verifier("grep strict checks/limits.txt", timeout=30, protect=(pattern,))
    verified = await court.judge(verifier, {"checks/limits.txt": "lax\n"})
    assert verified.check.passed
    assert (verified.changed_tests, verified.pristine) == (("checks/limits.txt",), None)


@pytest.mark.parametrize("pattern", ["checks", "checks/**", "**/conf*.py"])
async def test_files_added_at_protected_paths_are_taken_out(court: Court, pattern: str) -> None:
    verifier = Verifier("! test -e checks/conftest.py && cat new.py", 30, protect=(pattern,))
    verified = await court.judge(verifier, {"checks/conftest.py": "x = 1\n", "new.py": "y = 2\n"})
    assert verified.check.passed
    assert (verified.changed_tests, verified.pristine) == (("checks/conftest.py",), None)


async def test_a_folder_in_place_of_a_protected_file_gives_way(court: Court) -> None:
    verifier = Verifier("grep strict checks/limits.txt", timeout=30, protect=("**/*.txt",))
    lax = {"checks/limits.txt": None, "checks/limits.txt/a": "", "checks/limits.txt/b.txt": ""}
    verified = await court.judge(verifier, lax)
    assert verified.check.passed


async def test_a_name_that_is_no_utf8_does_not_slip_through(court: Court) -> None:
    verifier = Verifier("test $(ls checks | wc -l) = 1", timeout=30, protect=("checks",))
    verified = await court.judge(verifier, {"checks/\udcff.py": ""})
    assert verified.check.passed


async def test_a_file_in_place_of_a_protected_folder_gives_way(court: Court) -> None:
    verifier = Verifier("grep strict checks/limits.txt", timeout=30, protect=("checks/**",))
    verified = await court.judge(verifier, {"checks/limits.txt": None, "checks": "a file\n"})
    assert verified.check.passed


async def test_the_set_up_command_prepares_each_verdict(court: Court) -> None:
    verifier = Verifier("test -e made && rm made", timeout=30, setup="touch made")
    verified = await court.judge(verifier, {"test_calc.py": FAKED})
    assert verified.check.passed
    assert verified.pristine is not None and verified.pristine.passed


async def test_what_one_verdict_leaves_behind_can_not_help_the_next(court: Court) -> None:
    command = "! test -e __pycache__/left && mkdir __pycache__ && touch __pycache__/left"
    verified = await court.judge(Verifier(command, timeout=30), {"test_calc.py": FAKED})
    assert verified.check.passed
    assert verified.pristine is not None and verified.pristine.passed


async def test_a_failed_set_up_is_nobodys_failed_task(court: Court) -> None:
    verifier = Verifier("true", timeout=30, setup="echo first; echo no such tool >&2; exit 3")
    with pytest.raises(SandboxFault, match="set-up command failed: no such tool"):
        await court.judge(verifier, {})
    assert nothing_left()
