"""Secrets are taken out of everything before it is written."""

from pathlib import Path

import pytest

from agentcli.journal.events import (
    AnyBody,
    Call,
    DelegationRefused,
    FileChange,
    Landed,
    Prompted,
    ToolReturned,
)
from agentcli.journal.redact import Redactor
from agentcli.journal.store import Journal

# Put together here, so that no scanner takes this file for a leak.
SHAPES = {
    "anthropic": "sk-ant-" + "a1B2_-" * 6,
    "openai": "sk-proj-" + "x9" * 15,
    "github": "ghp_" + "a" * 36,
    "github, fine-grained": "github_pat_" + "A1" * 25,
    "gitlab": "glpat-" + "z" * 20,
    "hugging face": "hf_" + "b" * 34,
    "slack": "xoxb-" + "1" * 12,
    "aws": "AKIA" + "Z" * 16,
    "google": "AIza" + "c" * 35,
    "jwt": "eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + "." + "c" * 12,
    "pem": "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
}
SECRET = "correct-horse"


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_text_shaped_like_a_key_goes(shape: str) -> None:
    assert Redactor({}).text(f"a {shape} b") == "a [redacted] b"


@pytest.mark.parametrize("name", ["X_API_KEY", "GH_TOKEN", "db_password", "MY_SECRETS", "PASSWD"])
def test_values_of_secret_variables_go_by_name(name: str) -> None:
    assert Redactor({name: SECRET}).text(f"it is {SECRET}!") == f"it is [redacted {name}]!"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOME", "/home/somebody"),
        ("KEYBOARD", "de-latin1"),
        ("A_KEY", "sh0rt-1"),
        ("POSTGRES_PASSWORD", "postgres"),
        ("A_TOKEN", "max_tokens"),
    ],
)
def test_ordinary_and_short_values_and_bare_words_stay(name: str, value: str) -> None:
    assert Redactor({name: value}).text(f"see {value}") == f"see {value}"


@pytest.mark.parametrize("text", ["risk-averse-people-and-their-dogs", "task-" + "a" * 30])
def test_words_that_only_resemble_a_key_stay(text: str) -> None:
    assert Redactor({}).text(text) == text


def test_of_two_secrets_the_longer_is_taken_whole() -> None:
    redactor = Redactor({"A_KEY": "abcdefg8", "B_KEY": "abcdefg8ijkl"})
    assert redactor.text("abcdefg8ijkl") == "[redacted B_KEY]"


def test_nested_data_is_searched_to_the_bottom() -> None:
    data = {"a": [{"b": SECRET}, (SECRET, 1)], "c": {SECRET: {"e": f"x{SECRET}"}}, "f": None}
    gone = "[redacted A_KEY]"
    assert Redactor({"A_KEY": SECRET}).data(data) == {
        "a": [{"b": gone}, (gone, 1)],
        "c": {gone: {"e": f"x{gone}"}},
        "f": None,
    }


def test_a_secret_that_is_a_word_of_the_schema_goes_from_free_text_alone(tmp_path: Path) -> None:
    word = "delegation_refused"
    body = DelegationRefused(goal=f"say {word}", reason="no")
    with Journal(tmp_path / "j.db", Redactor({"A_KEY": word})) as journal:
        written = journal.append("r", "1", body)
        assert list(journal.events("r")) == [written]
    assert written.body == DelegationRefused(goal="say [redacted A_KEY]", reason="no")


@pytest.mark.parametrize(
    "body",
    [
        Prompted(kind="note", text="half an emoji \ud83d, a byte \udcff"),
        Landed(
            commit="c",
            branch="b",
            changes=(FileChange(path="caf\udce9.txt", status="A", added=1, removed=0),),
        ),
        ToolReturned(
            call=Call(id="1", name="write", arguments={"content": "\ud83d"}), ok=True, output=""
        ),
    ],
)
def test_text_that_is_no_unicode_is_written_as_an_escape(tmp_path: Path, body: AnyBody) -> None:
    with Journal(tmp_path / "j.db", Redactor({})) as journal:
        written = journal.append("r", "1", body)
        assert list(journal.events("r")) == [written]
    assert "\\\\u" in written.to_json()


def test_subscribers_hear_what_was_written_and_no_secret(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.db", Redactor({"A_KEY": SECRET})) as journal:
        heard: list[str] = []
        journal.subscribe(lambda event: heard.append(event.to_json()))
        event = journal.append("r", "1", Prompted(kind="note", text=SECRET))
    assert heard == [event.to_json()] and SECRET not in heard[0]
