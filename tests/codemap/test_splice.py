"""Changed functions put into a file: what changes, and what never does."""

import pytest

from agentcli.codemap.splice import Spliced, SpliceError, splice

PYTHON = '''\
#!/usr/bin/env python
"""Stacks."""

import os
from typing import Any

LIMIT = 10


def helper(x: int) -> int:
    return x + 1


class Stack(Base):
    """A stack."""

    size = 0

    def __init__(self) -> None:
        self.items: list[int] = []

    @property
    def top(self) -> int:
        return self.items[-1]

    @top.setter
    def top(self, x: int) -> None:
        self.items[-1] = x

    # Pushes.
    def push(self, x):
        self.items.append(x)  # fast


class Queue:
    def clear(self):
        self.items = []


def main():
    print(helper(1))


if __name__ == "__main__":
    main()
'''


def put(code: str, old: str = PYTHON, path: str = "a.py") -> Spliced:
    return splice(path, old.encode(), code)


def swapped(old_text: str, new_text: str, old: str = PYTHON) -> bytes:
    """The file with one passage exchanged: all else must be as it was."""
    assert old.count(old_text) == 1
    return old.replace(old_text, new_text).encode()


PUSH = "    def push(self, x):\n        self.items.append(x)  # fast\n"
NEW_PUSH = "    def push(self, x):\n        self.items.insert(0, x)\n        return self\n"


@pytest.mark.parametrize(
    "code",
    [
        NEW_PUSH,
        "def push(self, x):\n    self.items.insert(0, x)\n    return self\n",
        NEW_PUSH.lstrip(),  # the answer was stripped: only its first line lost indentation
        "\n\n"
        + NEW_PUSH.replace("\n    ", "\n        ").replace("    def", "        def").rstrip(),
        "class Stack:\n" + NEW_PUSH,
        "class Stack(Base):\n    # ... existing code ...\n\n"
        + NEW_PUSH
        + "\n    # rest of the code",
        "import os\n\nclass Stack:\n" + NEW_PUSH,
        NEW_PUSH.replace("\n", "\r\n"),
    ],
    ids=[
        "as in its class",
        "dedented",
        "stripped",
        "deeper",
        "in a shell",
        "in a shell with placeholders",
        "with a known import",
        "with CRLF",
    ],
)
def test_a_method_however_it_is_given(code: str) -> None:
    done = put(code)
    assert done.data == swapped(PUSH, NEW_PUSH)
    assert (done.replaced, done.added, done.left_out) == (["Stack.push"], [], [])


def test_a_function() -> None:
    done = put("def helper(x: int) -> int:\n    return x + 2\n")
    assert done.data == swapped("x + 1", "x + 2")
    assert done.replaced == ["helper"]


def test_decorators_and_comments_stay_unless_given() -> None:
    old = "# One.\n@a\n@b\ndef f():\n    return 1\n"
    assert put("def f():\n    return 2\n", old).data == b"# One.\n@a\n@b\ndef f():\n    return 2\n"
    assert put("@c\ndef f():\n    return 2\n", old).data == b"# One.\n@c\ndef f():\n    return 2\n"
    assert (
        put("# Two.\ndef f():\n    return 2\n", old).data
        == b"# Two.\n@a\n@b\ndef f():\n    return 2\n"
    )


def test_getter_and_setter_are_told_apart() -> None:
    code = "@top.setter\ndef top(self, x):\n    self.items[0] = x\n"
    done = put(code)
    getter = "    def top(self) -> int:\n        return self.items[-1]\n"
    assert f"@property\n{getter}".encode() in done.data
    bare = put("class Stack:\n    def top(self) -> str:\n        return ''\n")
    assert bare.data == swapped(
        getter, getter.replace("int", "str").replace("self.items[-1]", "''")
    )
    assert b"@top.setter\n    def top(self, x):\n        self.items[0] = x\n" in done.data


def test_a_shell_adds_methods_and_never_drops_any() -> None:
    done = put("class Stack:\n    def pop(self):\n        return self.items.pop()\n")
    pop = "\n    def pop(self):\n        return self.items.pop()\n"
    assert done.data == swapped(PUSH, PUSH + pop)
    assert done.added == ["Stack.pop"]


def test_a_shell_may_change_bases_docstring_and_attributes() -> None:
    code = 'class Stack(Base, Sized):\n    """A pile."""\n\n    size = 1\n    limit = 5\n'
    done = put(code)
    text = PYTHON.replace("Stack(Base)", "Stack(Base, Sized)").replace("A stack", "A pile")
    assert done.data == text.replace("size = 0", "size = 1\n    limit = 5").encode()


def test_a_new_bare_method_goes_with_the_others_it_came_with() -> None:
    done = put(NEW_PUSH + "\n    def pop(self):\n        return 1\n")
    assert done.added == ["Stack.pop"]
    with pytest.raises(SpliceError, match=r"of which class\? .* Stack, Queue"):
        put("def pop(self):\n    return 1\n")


def test_new_functions_stand_after_the_last_definition() -> None:
    done = put("def extra(y):\n    return y\n")
    main = "def main():\n    print(helper(1))\n"
    assert done.data == swapped(main, main + "\n\ndef extra(y):\n    return y\n")
    assert done.added == ["extra"]


def test_a_new_base_class_stands_before_the_class_that_needs_it() -> None:
    done = put("class Root:\n    x = 1\n\n\nclass Queue(Root):\n    y = 2\n")
    assert done.data.index(b"class Root:") < done.data.index(b"class Queue(Root):")


def test_imports_are_merged() -> None:
    code = (
        "from __future__ import annotations\nimport os\nimport sys, os\n"
        "from typing import Any, cast\n\n\ndef helper(x: int) -> int:\n    return cast(int, x)\n"
    )
    done = put(code)
    head = done.data.decode().split("LIMIT")[0]
    assert head == (
        '#!/usr/bin/env python\n"""Stacks."""\n\nfrom __future__ import annotations\n\n'
        "import os\nfrom typing import Any\nimport sys\nfrom typing import cast\n\n"
    )
    compile(done.data, "a.py", "exec")


def test_the_first_import_of_a_file() -> None:
    old = "def f():\n    return 1\n"
    done = put("import os\n\ndef f():\n    return os.sep\n", old)
    assert done.data == b"import os\n\n\ndef f():\n    return os.sep\n"


def test_statements() -> None:
    done = put("LIMIT = 20\n\nif __name__ == '__main__':\n    main(2)\n\nprint(helper(3))\n")
    text = PYTHON.replace("LIMIT = 10", "LIMIT = 20")
    assert (
        done.data
        == text.replace(
            'if __name__ == "__main__":\n    main()', "if __name__ == '__main__':\n    main(2)"
        ).encode()
    )
    assert done.left_out == ["print(helper(3))"]


def test_new_constants_come_along_when_they_are_used() -> None:
    done = put("STEP = 2\nresult = helper(1)\n\ndef helper(x: int) -> int:\n    return x + STEP\n")
    assert done.added == ["STEP"]
    assert done.left_out == ["result = helper(1)"]
    assert done.data.index(b"STEP = 2") < done.data.index(b"def helper")


def test_line_endings_and_other_bytes_are_kept() -> None:
    old = PYTHON.replace("\n", "\r\n").encode() + b"# caf\xe9\r\n"
    done = splice("a.py", old, NEW_PUSH)
    assert done.data == old.replace(
        PUSH.replace("\n", "\r\n").encode(), NEW_PUSH.replace("\n", "\r\n").encode()
    )


def test_strings_over_several_lines_keep_their_content() -> None:
    old = "class A:\n    def f(self):\n        return 1\n"
    done = put('def f(self):\n    return """\nflush\n    deep\n"""\n', old)
    assert done.data == b'class A:\n    def f(self):\n        return """\nflush\n    deep\n"""\n'


@pytest.mark.parametrize("strip", [False, True])
def test_strings_of_a_method_given_as_it_stands_in_its_class(strip: bool) -> None:
    old = 'class A:\n    def f(self):\n        x = """\n        a\n    b"""\n        return 1\n'
    code = old.removeprefix("class A:\n").replace("1", "2")
    assert put(code.strip() if strip else code, old).data == old.replace("1", "2").encode()


def test_adjacent_strings_move_with_their_code() -> None:
    old = "class A:\n    def f(self):\n        return 1\n"
    done = put("def f(self):\n    return (\n        'a'\n        'b'\n    )\n", old)
    assert done.data.endswith(b"        return (\n            'a'\n            'b'\n        )\n")


def test_a_stripped_decorator() -> None:
    old = "class A:\n    @overload\n    def f(self): return 1\n"
    done = put("@overload\n    def f(self): return 2\n", old)
    assert done.data == old.replace("1", "2").encode()


def test_tabs() -> None:
    old = "class A:\n\tdef f(self):\n\t\treturn 1\n"
    done = put("class A:\n\tdef f(self):\n\t\treturn 2\n", old)
    assert done.data == old.replace("1", "2").encode()


def test_a_script_given_whole_is_replaced_whole() -> None:
    old = "# Licence\nimport os\n\n\ndef f():\n    return 1\n\n\nprint(f())\n"
    new = "import os\n\n\ndef f():\n    return 2\n\n\nprint('f', f())\n"
    assert put(new, old).data == ("# Licence\n" + new).encode()


def test_an_empty_file_and_an_unknown_language_are_replaced_whole() -> None:
    assert put("print(1)", "").data == b"print(1)\n"
    assert put("a b c", "old\r\n", "notes.txt").data == b"a b c\r\n"
    with pytest.raises(SpliceError, match="does not parse"):
        put("def f(:", "")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "no code"),
        ("def helper(x)\n    return 1\n", "line 1 of it, near `def helper"),
        ("def helper(x: int) -> int:\n    return x + 1\n", "Nothing changed"),
        ("print(1)\n", "only statements: `print"),
        ("def helper(x):\n    # ... existing code ...\n    return 1\n", "placeholder `# ... exist"),
        ("def helper(x):\n    # rest of the function unchanged\n    return 1\n", "placeholder"),
        ("def helper(x):\n    ...\n", "`helper` is only a placeholder"),
        ('class Stack:\n    def push(self, x):\n        """Push."""\n        pass\n', "Stack.push"),
        ("class Stack:\n    def pop(self):\n        ...\n", "`Stack.pop` is only a placeholder"),
        ("def helper(x):\n    return 1\n\ndef helper(x):\n    return 2\n", "given twice"),
    ],
)
def test_refusals_tell_the_model_why(code: str, message: str) -> None:
    with pytest.raises(SpliceError, match=message.replace("(", r"\(").replace("...", r"\.\.\.")):
        put(code)


@pytest.mark.parametrize(
    "comment",
    [
        "...",
        "... existing code ...",
        "… rest of the code",
        "rest of the function stays the same",
        "(existing code...)",
        "Existing implementation here",
        "... remaining logic unchanged ...",
        "unchanged",
    ],
)
def test_placeholders(comment: str) -> None:
    with pytest.raises(SpliceError, match="placeholder"):
        put(f"def helper(x):\n    y = x\n    # {comment}\n    return y\n")


@pytest.mark.parametrize(
    "comment",
    [
        "process the rest of the list",
        "remove existing methods first",
        "other functions call this too, so copy",
        "wait for the original code to arrive",
        "skip unchanged files",
        "TODO: what about x...",
    ],
)
def test_comments_that_are_no_placeholders(comment: str) -> None:
    assert comment.encode() in put(f"def helper(x):\n    # {comment}\n    return 5\n").data


def test_a_name_in_two_classes_asks_which() -> None:
    old = "class A:\n    def run(self): return 1\n\nclass B:\n    def run(self): return 2\n"
    with pytest.raises(SpliceError, match=r"`run` is there 2 times.*A\.run, B\.run"):
        put("def run(self): return 3\n", old)
    done = put("class B:\n    def run(self): return 3\n", old)
    assert done.data == old.replace("return 2", "return 3").encode()
