"""Text becomes bytes without a crash and without loss where there is none to have."""

from agentcli.agents.tools.files import encoded


def test_bytes_that_are_no_utf8_come_back_as_they_were() -> None:
    data = b"caf\xe9 \xff"
    assert encoded(data.decode("utf-8", "surrogateescape")) == data


def test_half_an_emoji_becomes_a_question_mark() -> None:
    assert encoded("a\ud83d b") == b"a? b"
