"""What strangers wrote can't steer a terminal or an eye."""

import json

import pytest

from agentcli.plain import painted, plain


@pytest.mark.parametrize(
    "evil",
    ["\x1b[2J", "\x1b]0;title\x07", "\x9b6n", "a\rb", "\x08\x7f", "\u202euser", "\u2066x\u2069"],
)
def test_what_a_terminal_obeys_is_shown(evil: str) -> None:
    shown = plain(evil)
    assert all(char.isprintable() for char in shown)
    assert json.loads(f'"{shown}"') == evil, "JSON keeps its meaning"


def test_ordinary_text_stays_as_it_is() -> None:
    text = "naïve → 你好 👩‍💻\n\tindented\r\n"
    assert plain(text) == text


def test_a_painted_patch_has_no_colours_but_ours() -> None:
    patch = "diff --git a/x b/x\n@@ -1 +1 @@\n-old\n+\x1b[8mhidden\x1b[m\n same\n"
    assert painted(patch) == (
        "\x1b[1mdiff --git a/x b/x\x1b[m\n\x1b[36m@@ -1 +1 @@\x1b[m\n\x1b[31m-old\x1b[m\n"
        "\x1b[32m+\\u001b[8mhidden\\u001b[m\x1b[m\n same\n"
    )
