"""Faults in syntax, and the units that stand in a file."""

import pytest

from agentcli.codemap.base import SyntaxFault
from agentcli.codemap.syntax import broke, syntax_fault, units


@pytest.mark.parametrize(
    ("path", "good", "bad", "line"),
    [
        ("a.py", "def f(x):\n    return x\n", "def f(x):\n    return (x\n", 2),
        ("a.js", "const f = (x) => x;\n", "const f = (x) => {\n", 1),
        ("a.ts", "let x: number = 1;\n", "let y = 1;\nlet x: = 1;\n", 2),
        ("a.tsx", "const a = <B c={1} />;\n", "const a = <B c={1} /;\n", 1),
        ("a.go", "package a\n\nfunc f() {}\n", "package a\n\nfunc f( {}\n", 3),
        ("a.rs", "fn f() -> i32 { 1 }\n", "fn f() -> i32 { 1\n", 1),
        ("A.java", "class A { int f() { return 1; } }\n", "class A { int f() { return 1 } }\n", 1),
        ("a.c", "int f(void) { return 1; }\n", "int f(void) { return 1; \n", 1),
        ("a.cpp", "class A { int f(); };\n", "class A { int f(; };\n", 1),
        ("a.rb", "def f\n  1\nend\n", "def f\n  1\n", 1),
    ],
)
def test_fault_in_each_language(path: str, good: str, bad: str, line: int) -> None:
    assert syntax_fault(path, good.encode()) is None
    fault = syntax_fault(path, bad.encode())
    assert fault is not None
    assert abs(fault.line - line) <= 2  # a missing end is found where the text ends
    assert broke(path, good.encode(), bad.encode()) == fault
    assert broke(path, bad.encode(), bad.encode()) is None
    assert broke(path, bad.encode(), good.encode()) is None


def test_a_fault_names_its_line_and_column() -> None:
    fault = syntax_fault("a.py", b"x = 1\ny = = 2\n")
    assert fault == SyntaxFault(line=2, column=4, text="y = = 2")


def test_unknown_languages_have_neither_faults_nor_units() -> None:
    assert syntax_fault("a.txt", b"((((") is None
    assert units("a.txt", b"def f(): pass") == []


PYTHON = b"""\
import os

# Counts.
# Twice.
@cache
def count(x):
    def inner():
        return 1

    return inner()  # done


class Box:
    size = 1

    @property
    def width(self):
        return 1
        # last word

    class Lid:
        def open(self): pass
"""


def test_units_with_what_belongs_to_them() -> None:
    found = {unit.qualified: unit for unit in units("a.py", PYTHON)}
    assert [(u.qualified, u.what, u.indent) for u in found.values()] == [
        ("count", "function", ""),
        ("count.inner", "function", "    "),
        ("Box", "class", ""),
        ("Box.width", "method", "    "),
        ("Box.Lid", "class", "    "),
        ("Box.Lid.open", "method", "        "),
    ]
    count, width = found["count"], found["Box.width"]
    assert PYTHON[count.start : count.end].startswith(b"# Counts.\n# Twice.\n@cache\ndef count")
    assert PYTHON[count.start : count.end].endswith(b"return inner()  # done")
    assert PYTHON[width.start : width.end].startswith(b"@property\n    def width")
    assert PYTHON[width.start : width.end].endswith(b"return 1\n        # last word")


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("a.go", "func (s *Store[K]) Get() {}\n", ["Store.Get"]),
        ("a.rs", "mod a { impl Fmt for P { fn fmt(&self) {} } }\n", ["a", "a.P", "a.P.fmt"]),
        ("a.cpp", "namespace n { void A::f() {} }\n", ["n", "n.A.f"]),
        ("a.rb", "module M\n class C\n  def f?; end\n end\nend\n", ["M", "M.C", "M.C.f?"]),
        ("A.java", "class A { A() {} void f() {} }\n", ["A", "A.A", "A.f"]),
        ("a.js", "export class A { get b() { return 1 } }\n", ["A", "A.b"]),
    ],
)
def test_qualified_names(path: str, text: str, names: list[str]) -> None:
    assert [unit.qualified for unit in units(path, text.encode())] == names


def test_attributes_and_doc_comments_belong_to_the_unit() -> None:
    rust = b"// Licence.\n\n/// Doc.\n#[inline]\n/// More.\nfn f() {}\n"
    (unit,) = units("a.rs", rust)
    assert rust[unit.start : unit.end] == b"/// Doc.\n#[inline]\n/// More.\nfn f() {}"
