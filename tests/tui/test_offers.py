"""What the prompt offers for what was typed."""

from agentcli.tui.offers import Offer, Sources, earlier, offers_for, ranked

SOURCES = Sources(
    files=["agent/loop.py", "docs/loops.md", "loop.py", "tests/test_agent.py"],
    tasks=["fix the loop", "write docs", "fix the loop", "fix the docs"],
    values={"modes": ["recursive", "solo", "swarm"]},
)


def texts(typed: str) -> list[str]:
    return [offer.text for offer in offers_for(typed, SOURCES)]


def test_a_slash_offers_commands_that_begin_so() -> None:
    assert texts("/mod") == ["/mode ", "/model "]
    assert texts("/help") == ["/help"]
    assert texts("/nothing") == []


def test_a_command_offers_the_values_that_it_takes() -> None:
    found = offers_for("/mode s", SOURCES)
    assert found == [Offer("solo", 6), Offer("swarm", 6), Offer("recursive", 6)]
    assert texts("/mode ") == ["solo", "swarm", "recursive"]
    assert texts("/tokens 5") == []


def test_an_at_sign_offers_files_with_the_name_first() -> None:
    assert ranked("loop", SOURCES.files) == ["loop.py", "agent/loop.py", "docs/loops.md"]
    assert offers_for("mend @lo", SOURCES)[0] == Offer("loop.py ", 5)
    assert texts("ada@example") == []


def test_characters_of_a_file_may_be_left_out() -> None:
    assert ranked("tage", SOURCES.files) == ["tests/test_agent.py"]


def test_a_slash_or_an_at_sign_within_the_task_is_only_text() -> None:
    assert texts("use a/b and @ then") == []
    assert texts("first line\n/mode") == []


def test_earlier_tasks_hold_all_words_typed_and_come_once() -> None:
    assert [offer.text for offer in earlier("fix the", SOURCES)] == ["fix the loop", "fix the docs"]
    assert earlier("", SOURCES)[0].text == "fix the loop"
