"""Path scopes, and long text made short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcli.agents.clip import clip, one_line
from agentcli.agents.scope import matches, outside


@pytest.mark.parametrize(
    ("pattern", "inside", "beyond"),
    [
        ("a.py", ["a.py"], ["b/a.py", "a.pyc", "A.py"]),
        ("src", ["src/a.py", "src/b/c.py"], ["srcs/a.py", "lib/src/a.py"]),
        ("src/", ["src/a.py"], ["src2/a.py"]),
        ("./src", ["src/a.py"], ["lib/a.py"]),
        (".", ["a.py", "b/c.py"], []),
        ("*.py", ["a.py"], ["b/a.py", "a.txt"]),
        ("src/*.py", ["src/a.py"], ["src/b/a.py"]),
        ("**/*.py", ["a.py", "b/a.py", "b/c/a.py"], ["a.txt"]),
        ("src/**", ["src/a", "src/b/c"], ["lib/a"]),
        ("src/**/test_*.py", ["src/test_a.py", "src/b/c/test_a.py"], ["src/a.py", "test_a.py"]),
        ("[ab].py", ["a.py", "b.py"], ["c.py"]),
        ("a?.py", ["ab.py"], ["a.py", "abc.py"]),
    ],
)
def test_what_a_pattern_covers(pattern: str, inside: list[str], beyond: list[str]) -> None:
    assert outside([pattern], [*inside, *beyond]) == beyond


def test_several_patterns_cover_what_any_of_them_covers() -> None:
    assert outside(["a", "b.py"], ["a/x", "b.py", "c"]) == ["c"]


def test_an_empty_scope_is_the_whole_repository() -> None:
    assert outside([], ["a", "b/c"]) == []


def test_a_glob_is_held_against_the_whole_path() -> None:
    assert matches("**", "a/b") and matches("a/**/b", "a/b")
    assert not matches("b", "a/b") and not matches("a", "a/b")


@given(st.text("ab \n", max_size=300), st.integers(0, 200))
def test_a_clipped_text_is_head_and_tail_with_the_gap_counted(text: str, limit: int) -> None:
    short = clip(text, limit)
    if len(text) <= limit:
        assert short == text
        return
    head, _, rest = short.partition("[… ")
    note, _, tail = rest.partition(" left out …]\n")
    assert text.startswith(head) and text.endswith(tail)
    assert len(head) + len(tail) <= limit
    assert note.endswith(f" {len(text) - len(head) - len(tail):,} characters")


def test_it_is_cut_at_line_ends() -> None:
    text = "".join(f"line {n}\n" for n in range(100))
    head, _, tail = clip(text, 100).partition("[… ")
    assert head.endswith("\n") and tail.partition("…]\n")[2].startswith("line ")


def test_one_line_is_one_line() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line("x" * 200, 10) == "x" * 9 + "…"
