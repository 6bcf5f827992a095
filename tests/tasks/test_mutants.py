"""Bugs made by syntax tree, and tasks made of those that break a test."""

import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from agentcli.errors import UsageFault
from agentcli.sandbox.host import HostBackend
from agentcli.settings import Settings
from agentcli.tasks.check import Checker
from agentcli.tasks.mutants import Nursery
from agentcli.tasks.mutation import mutations
from agentcli.tasks.task import Task
from tests.workspace.conftest import Person, _own_configuration, person  # noqa: F401

TESTS = f"{sys.executable} -m unittest -q"
CODE = """\
import os  # 1 < 2

LIMIT = 10  # used by nobody


def price(count, member):
    if count < 0 or count is None:
        raise ValueError("count < 0")
    total = 5 * count
    return total - 1 if member else total
"""
TEST = """\
import unittest
from shop import price

class T(unittest.TestCase):
    def test_price(self):
        self.assertEqual([price(0, False), price(3, True), price(3, False)], [0, 14, 15])
        with self.assertRaises(ValueError):
            price(-1, False)
"""
SETTINGS = Settings()  # type: ignore[call-arg]


@pytest.fixture
def shop(person: Person) -> Person:  # noqa: F811
    person.write("shop.py", CODE)
    person.write("test_shop.py", TEST)
    person.commit()
    return person


def changes(path: str, code: str) -> list[tuple[str, str]]:
    return [(one.before, one.after) for one in mutations(path, code.encode())]


def test_operators_constants_and_conditions_change_but_no_text_or_comment() -> None:
    assert changes("shop.py", CODE) == [
        *(("10", "11"), ("<", "<="), ("0", "1"), ("or", "and"), ("is", "is not")),
        *(("5", "6"), ("*", "+"), ("-", "+"), ("1", "2")),
    ]


@pytest.mark.parametrize(
    ("path", "code", "expected"),
    [
        ("a.ts", "const f = (a: Array<number>) => a.length >= 2 && b;", [">=", "2", "&&"]),
        ("a.go", "package a\nfunc f(n int) bool { return n == 3 || b }", ["==", "3", "||"]),
        ("a.rs", "fn f(v: Vec<i32>) -> bool { v.len() > 1 }", [">", "1"]),
        ("a.py", "def f(:\n  1 < 2", []),
        ("a.txt", "1 < 2", []),
    ],
)  # fmt: skip
def test_other_languages(path: str, code: str, expected: list[str]) -> None:
    assert [before for before, _ in changes(path, code)] == expected


def test_a_mutation_is_one_change_at_its_line() -> None:
    (one,) = mutations("a.py", "é = 'ü'\nx = y < z\n".encode())
    assert one.line == 2
    assert one.apply("é = 'ü'\nx = y < z\n".encode()).decode() == "é = 'ü'\nx = y <= z\n"


async def bred(nursery: Nursery, count: int = 99) -> list[Task]:
    """The first tasks that a nursery gives."""
    found: list[Task] = []
    async with aclosing(nursery.mutants(HostBackend(), SETTINGS)) as tasks:
        async for task in tasks:
            found.append(task)
            if len(found) == count:
                break
    return found


async def test_only_bugs_that_break_a_test_become_tasks(shop: Person) -> None:
    before = shop.state()
    tasks = await bred(Nursery(shop.root, TESTS))
    assert shop.state() == before
    broken = "".join(task.start.patch for task in tasks)
    assert len(tasks) == 8  # of nine: no test looks at LIMIT
    assert "LIMIT = 11" not in broken and "6 * count" in broken
    assert {task.protect for task in tasks} == {("test_shop.py",)}
    checked = [await Checker(HostBackend(), SETTINGS, 1).check(task) for task in tasks[:2]]
    assert [one.fitness for one in checked] == ["fit", "fit"]


async def test_the_seed_decides_which_come_first(shop: Person) -> None:
    orders = [
        [task.id for task in await bred(Nursery(shop.root, TESTS, seed=seed), 3)]
        for seed in (1, 1, 2)
    ]
    assert orders[0] == orders[1] != orders[2]


async def test_tests_that_fail_from_the_start_are_refused(shop: Person) -> None:
    with pytest.raises(UsageFault, match="The tests fail before anything is broken"):
        await bred(Nursery(shop.root, "false"))
    with pytest.raises(UsageFault, match="has no commit nowhere"):
        await bred(Nursery(Path(shop.root), TESTS, commit="nowhere"))
