"""The edit matcher: it finds the one place that is meant, and changes nothing else."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentcli.agents.tools.matching import Edit, EditMismatch, apply_edit

FILE = "def f(x):\n    if x:\n        return 1\n\n    return 2\n"


@pytest.mark.parametrize(
    ("how", "search", "replace", "expected"),
    [
        ("exact", "return 1", "return 10", FILE.replace("return 1", "return 10")),
        (
            "right-stripped",
            "    if x:   \n        return 1  ",
            "    if not x:\n        return 1",
            FILE.replace("if x", "if not x"),
        ),
        (
            "trimmed, and shifted to the file's indentation",
            "if x:\n    return 1",
            "if x:\n    return 3",
            FILE.replace("return 1", "return 3"),
        ),
        (
            "apart from blank lines",
            "        return 1\n    return 2",
            "        return 1\n    return 4",
            "def f(x):\n    if x:\n        return 1\n    return 4\n",
        ),
        ("deleted with its line", "        return 1 ", "", FILE.replace("        return 1\n", "")),
    ],
)
def test_a_quotation_is_found_though_it_is_a_little_wrong(
    how: str, search: str, replace: str, expected: str
) -> None:
    assert apply_edit(FILE, Edit(search, replace)) == expected


def test_typographic_quotes_and_dashes_count_as_plain_ones() -> None:
    text = "say('a - b')\n"
    assert apply_edit(text, Edit("say(‘a – b’)", "say('c')")) == "say('c')\n"


def test_line_endings_stay_as_they_are_line_by_line() -> None:
    text = "one\r\ntwo\r\nthree\nfour\r\n"
    assert apply_edit(text, Edit("two", "2\nzwei")) == "one\r\n2\r\nzwei\r\nthree\nfour\r\n"
    assert apply_edit(text, Edit("three\nfour", "3\n4")) == "one\r\ntwo\r\n3\n4\r\n"


@pytest.mark.parametrize(
    ("search", "replace", "words"),
    [
        ("return", "x", "stands 2 times (lines 3, 5)"),
        ("    if y:\n        return 1", "z", "Did you mean these lines, from line 2"),
        ("if x > 0:", "return 2", "already in the file"),
        ("completely different words", "z", "nor anything like it"),
        ("", "x", "empty"),
        ("return 1", "return 1", "the same"),
    ],
)
def test_what_can_not_be_placed_is_explained(search: str, replace: str, words: str) -> None:
    with pytest.raises(EditMismatch) as mismatch:
        apply_edit(FILE, Edit(search, replace))
    assert words in str(mismatch.value)


lines = st.lists(st.text("ab \t'", max_size=6), min_size=1, max_size=8)


@given(lines, st.sampled_from(["\n", "\r\n"]), st.data())
def test_an_exact_unique_edit_changes_exactly_its_span(
    content: list[str], ending: str, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(content) - 1))
    content[index] = "THE PLACE"
    text = ending.join(content)
    before, _, after = text.partition("THE PLACE")
    assert apply_edit(text, Edit("THE PLACE", "new")) == f"{before}new{after}"


@given(lines, lines, lines)
def test_nothing_but_a_mismatch_is_ever_raised(
    content: list[str], search: list[str], replace: list[str]
) -> None:
    try:
        apply_edit("\n".join(content), Edit("\n".join(search), "\n".join(replace)))
    except EditMismatch as mismatch:
        assert str(mismatch)


@given(lines, st.data())
def test_untouched_lines_survive_a_tolerant_edit(content: list[str], data: st.DataObject) -> None:
    assume(all("NEEDLE" not in line for line in content))
    at = data.draw(st.integers(0, len(content)))
    whole = [*content[:at], "    NEEDLE", *content[at:]]
    edited = apply_edit("\n".join(whole), Edit("NEEDLE   \n", "FOUND\n"))
    assert edited.split("\n") == [*content[:at], "    FOUND", *content[at:]]
