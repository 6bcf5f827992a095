"""A run's repository with a failing test, requests to override work in it, a real verifier."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agentcli.delegation.gates.base import GateParts, Nobody, OverrideRequest
from agentcli.delegation.gates.keeper import Keeper
from agentcli.delegation.gates.make import make_gate
from agentcli.delegation.policy import PRESETS
from agentcli.journal.events import Brief, Verified
from agentcli.journal.store import Journal
from agentcli.journal.stream import Stream, Streams
from agentcli.sandbox.base import Backend, SandboxSpec
from agentcli.sandbox.host import HostBackend
from agentcli.tasks.verifier import Verifier
from tests.workspace.conftest import Person, Run, start
from tests.workspace.conftest import _own_configuration as _own_configuration
from tests.workspace.conftest import person as person
from tests.workspace.conftest import run_dir as run_dir

UNITTEST = f"{sys.executable} -m unittest -q"
CODE = "def add(a, b):\n    return {}\n\ndef double(a):\n    return {}\n"
WRONG, ADDS, DOUBLES, RIGHT = (
    CODE.format(add, double)
    for add, double in [("a - b", "a"), ("a + b", "a"), ("a - b", "a * 2"), ("a + b", "2 * a")]
)
TEST = """\
import unittest
from calc import add, double

class T(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(4, 2), 6)

    def test_double(self):
        self.assertEqual(double(4), 8)
"""


async def silent(_agent_id: str, _question: str) -> str:
    return ""


@dataclass(frozen=True)
class Court:
    """A run's base, and gates that decide about trees in its repository."""

    run: Run

    def request(self, without: str, with_act: str, **more: object) -> OverrideRequest:
        """To put one text of calc.py in place of another."""
        request = OverrideRequest(
            delegation="1.1",
            act="edit",
            parent="1",
            child="1.1",
            brief=Brief(goal="mend calc.py"),
            stated="I know better",
            without=self.run.tree({"calc.py": without}),
            with_act=self.run.tree({"calc.py": with_act}),
        )
        return replace(request, **more)  # type: ignore[arg-type]

    def parts(self, **more: object) -> GateParts:
        """What gates may call: no test command, nobody to ask, judges who say nothing."""
        parts = GateParts(self.run.store, 7, None, silent, Nobody())
        return replace(parts, **more)  # type: ignore[arg-type]

    def gate(self, policy: dict[str, object], **parts: object) -> Keeper:
        """The gate of a policy that is `free` but for this."""
        return make_gate(replace(PRESETS["free"], **policy), self.parts(**parts))  # type: ignore[arg-type]

    async def verify(
        self, tree: str, command: str = UNITTEST, backend: Backend | None = None
    ) -> Verified:
        """The verdict of a real verifier in a sandbox of its own."""
        store = self.run.store
        spec = SandboxSpec(
            owner=store.run,
            name="verifier",
            objects=store.objects,
            shallow=store.shallow,
            commit=store.base_commit,
            tree=tree,
        )
        return await Verifier(command, timeout=30).judge(
            backend or HostBackend(), spec, store, store.base_tree
        )


@pytest.fixture
def court(person: Person, run_dir: Path) -> Court:
    person.write("calc.py", WRONG)
    person.write("test_calc.py", TEST)
    person.write(".gitignore", "__pycache__/\n")
    person.commit()
    return Court(start(person, run_dir))


@pytest.fixture
def streams(tmp_path: Path) -> Iterator[Callable[[], Stream]]:
    """Each call opens the parent's stream again, with what the journal holds by then."""
    with Journal(tmp_path / "j.db") as journal:
        yield lambda: Streams(journal, "r", list(journal.events("r"))).open("1")
