"""The edit matcher: it finds the one place that is meant, and changes nothing else."""

import time

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


@pytest.mark.parametrize(
    ("text", "search", "replace", "expected"),
    [
        pytest.param("a b\n", "a b", "c", "c\n", id="exact"),
        pytest.param("x(a, b)\n", "a,", "c,", "x(c, b)\n", id="exact, inside a line"),
        pytest.param("a  \nb\n", "a\nb", "c", "c\n", id="right-strip: file"),
        pytest.param("a\nb\n", "a\t\nb  ", "c", "c\n", id="right-strip: quotation"),
        pytest.param("  a\n  b\n", " a\nb", "c\nd", "  c\n  d\n", id="trim"),
        pytest.param("“a” — b…\n", '"a" - b...', "c", "c\n", id="Unicode: file is typographic"),
        pytest.param("a\u00a0= 1\n", "a = 1", "b", "b\n", id="Unicode: no-break space"),
        pytest.param("ﬁnd\n", "find", "seek", "seek\n", id="Unicode: ligature"),
        pytest.param("a\n\n\nb\n", "a\nb", "c", "c\n", id="blank lines in the file"),
        pytest.param("a\nb\n", "a\n\nb", "c", "c\n", id="blank lines in the quotation"),
        pytest.param("a\nb\n", "\n\na \n\n", "\nc\n", "c\nb\n", id="blank edges"),
        pytest.param("a\nb", "b\n", "c\n", "a\nc", id="no line end at the end of the file"),
        pytest.param("a\nb\nc\n", "b\n", "", "a\nc\n", id="deleted exactly"),
        pytest.param("a\n  b\nc\n", "b \n", "", "a\nc\n", id="deleted though quoted wrongly"),
        pytest.param("a\nb", "b ", "", "a\n", id="last line deleted"),
    ],
)
def test_each_tolerance(text: str, search: str, replace: str, expected: str) -> None:
    assert apply_edit(text, Edit(search, replace)) == expected


@pytest.mark.parametrize(
    ("text", "search", "replace", "expected"),
    [
        pytest.param(
            "class A:\n    def f():\n        return 1\n",
            "def f():\n    return 1",
            "def f():\n    if x:\n        return 2\n    return 1",
            "class A:\n    def f():\n        if x:\n            return 2\n        return 1\n",
            id="too little",
        ),
        pytest.param(
            "def f():\n    return 1\n",
            "    def f():\n        return 1",
            "    def g():\n        return 1",
            "def g():\n    return 1\n",
            id="too much",
        ),
        pytest.param(
            "\tif x {\n\t\ta()\n\t\tb()\n\t}\n",
            "    if x {\n        a()",
            "    if y {\n        a()\n        c()",
            "\tif y {\n\t\ta()\n\t\tc()\n\t\tb()\n\t}\n",
            id="spaces for tabs, on each level",
        ),
        pytest.param(
            "    if x:\n        a()\n",
            "\tif x:\n\t\ta()",
            "\tif x:\n\t\tb()",
            "    if x:\n        b()\n",
            id="tabs for spaces, on each level",
        ),
        pytest.param(
            "if x:\n    a()\n",
            "if x:\n  a()",
            "if x:\n  a()\n\n  b()",
            "if x:\n    a()\n\n    b()\n",
            id="another width, blank lines stay blank",
        ),
    ],
)
def test_the_replacement_takes_the_files_indentation(
    text: str, search: str, replace: str, expected: str
) -> None:
    assert apply_edit(text, Edit(search, replace)) == expected


def test_a_stricter_match_wins_over_a_looser_one() -> None:
    assert apply_edit("  a \na\n b\n", Edit("a\n b", "c")) == "  a \nc\n"
    assert apply_edit("  a\na  \n", Edit("a \n", "c\n")) == "  a\nc\n"


def test_an_edit_quoted_with_other_line_endings_keeps_those_of_the_file() -> None:
    assert apply_edit("a\r\nb\r\n", Edit("a\nb", "c\nd")) == "c\r\nd\r\n"
    assert apply_edit("a\nb\n", Edit("a\r\nb", "c\r\nd")) == "c\nd\n"
    assert apply_edit("a\r\nb\r\nc\r\n", Edit("b \n", "")) == "a\r\nc\r\n"


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("x\nx\nx\n", "x\nx"),
        ("a \na  \n", "a\t"),
        ("  a\n    a\n", "\ta"),
        ("“a”\n„a‟\n", '"a"'),
        ("a\n\nb\na\n\n\nb\n", "a\nb"),
    ],
    ids=["overlapping", "right-strip", "trim", "Unicode", "blank lines"],
)
def test_a_quotation_that_fits_in_two_places_fits_in_none(text: str, search: str) -> None:
    with pytest.raises(EditMismatch, match=r"stands 2 times \(lines 1, \d\)"):
        apply_edit(text, Edit(search, "new"))


def test_a_replacement_that_is_there_by_chance_does_not_hide_the_likely_place() -> None:
    with pytest.raises(EditMismatch) as mismatch:
        apply_edit(FILE, Edit("    if y:\n        return 1", "return 2"))
    assert "already in the file" in str(mismatch.value)
    assert "Did you mean these lines, from line 2?\n    if x:" in str(mismatch.value)


@pytest.mark.parametrize("length", [8, 100])
def test_a_quotation_that_is_not_quite_there_is_answered_soon(length: int) -> None:
    text = "\n".join(f"    value_{n} = compute(value_{n - 1}, {n})" for n in range(2000))
    wanted = text.split("\n")[900 : 900 + length]
    wanted[5] = "    something else"
    began = time.monotonic()
    with pytest.raises(EditMismatch, match="from line 901"):
        apply_edit(text, Edit("\n".join(wanted), "z"))
    assert time.monotonic() - began < 5


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


endings = st.sampled_from(["\n", "\r\n"])
ended_lines = st.lists(st.tuples(st.text("ab \té\r", max_size=6), endings), max_size=6)


@given(ended_lines, ended_lines, endings, st.text("xyz ", max_size=5))
def test_an_exact_unique_edit_changes_exactly_its_span(
    above: list[tuple[str, str]], below: list[tuple[str, str]], ending: str, new: str
) -> None:
    before, after = ("".join(map("".join, part)) for part in (above, below))
    text = f"{before}<THE PLACE>{ending}{after}"
    assert apply_edit(text, Edit("THE PLACE", new)) == f"{before}<{new}>{ending}{after}"


@given(ended_lines, ended_lines, endings)
def test_new_lines_end_as_the_line_in_whose_place_they_stand(
    above: list[tuple[str, str]], below: list[tuple[str, str]], ending: str
) -> None:
    before, after = ("".join(map("".join, part)) for part in (above, below))
    edited = apply_edit(f"{before}PLACE{ending}{after}", Edit("PLACE", "1\n2"))
    assert edited == f"{before}1{ending}2{ending}{after}"


any_text = st.text(st.sampled_from("ab \t\n\r'“—\u00a0\x0b\x85\u2028\ud83d\udcff{}#ﬁ"), max_size=40)


@given(any_text, any_text, any_text)
def test_no_text_however_odd_raises_anything_else(text: str, search: str, replace: str) -> None:
    try:
        apply_edit(text, Edit(search, replace))
    except EditMismatch as mismatch:
        assert str(mismatch)


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
