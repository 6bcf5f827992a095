"""A patch read as data, and its rows in one column and in two."""

from agentcli.tui.patch import Row, parse, split, unified

PATCH = """\
diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -3,4 +3,5 @@ def f():
 same
-old one
-old two
+new one
+new two
+new three
 end
diff --git a/b.bin b/b.bin
new file mode 100644
Binary files /dev/null and b/b.bin differ
"""


def test_files_hunks_and_notes_are_read() -> None:
    first, second = parse(PATCH)
    assert (first.path, first.notes, first.hunks[0].head) == ("a.py", (), "def f():")
    assert second.path == "b.bin"
    assert second.notes == ("new file mode 100644", "Binary files /dev/null and b/b.bin differ")
    assert second.hunks == ()


def test_lines_have_their_numbers_before_and_after() -> None:
    lines = parse(PATCH)[0].hunks[0].lines
    assert [(line.kind, line.number) for line in lines] == [
        ("same", 3),
        ("removed", 4),
        ("removed", 5),
        ("added", 4),
        ("added", 5),
        ("added", 6),
        ("same", 7),
    ]


def test_one_column_keeps_the_order() -> None:
    texts = [row[0].line.text for row in unified(parse(PATCH)) if row[0]]
    assert texts[:5] == ["a.py", "def f():", "same", "old one", "old two"]


def test_in_two_columns_changes_stand_beside_each_other() -> None:
    rows = [_texts(row) for row in split(parse(PATCH))]
    assert rows[2:7] == [
        ("same", "same"),
        ("old one", "new one"),
        ("old two", "new two"),
        (None, "new three"),
        ("end", "end"),
    ]


def test_what_a_terminal_would_obey_is_harmless() -> None:
    hunk = parse("diff --git a/x b/x\n@@ -1 +1 @@\n-a\x1b[2J\n+b\n")[0].hunks[0]
    assert "\x1b" not in hunk.code


def test_no_patch_has_no_files() -> None:
    assert parse("") == []


def _texts(row: Row) -> tuple[str | None, str | None]:
    left, right = row
    return (left.line.text if left else None, right.line.text if right else None)
