"""`doctor` and `models` say whether a run can work here, and what to do if not."""

from typing import Any

import pytest

from tests.cli.conftest import Desk
from tests.support.scripted_server import ScriptedServer


def examine(desk: Desk) -> tuple[int, dict[str, Any]]:
    said = desk.type("doctor", "--json")
    return said.code, {finding["name"]: finding for finding in said.json["findings"]}


@pytest.fixture(autouse=True)
def on_the_host(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that these don't hang on what engines this machine has."""
    monkeypatch.setenv("AGENTCLI_SANDBOX", "host")


def test_with_a_key_a_run_can_work(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "not-a-real-key")
    code, found = examine(desk)
    assert code == 0
    assert {found[name]["state"] for name in ("python", "git", "journal", "model")} == {"ok"}
    assert found["sandbox"]["state"] == "warning"  # no isolation is never just fine
    assert "mistral" in found["model"]["detail"]
    assert "not-a-real-key" not in str(found)
    assert "A run can work here." in desk.type("doctor").out


def test_a_named_model_without_its_key_is_missing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCLI_MODEL", "gpt-5.2")
    code, found = examine(desk)
    assert code == 3
    assert "OPENAI_API_KEY is not set" in found["model"]["detail"]
    assert found["model"]["fix"]
    assert "A run can't work here yet" in desk.type("doctor").out


def test_a_server_that_answers_is_enough(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer([], models=("small-coder",)) as server:
        monkeypatch.setenv("AGENTCLI_API_BASE", server.base)
        assert examine(desk)[0] == 0
        would = desk.type("models", "--json").json["taken"]
    assert (would["ready"], would["model"]) == (True, "small-coder")
    assert not server.chats  # nothing that costs was asked
    assert examine(desk)[0] == 3


def test_a_model_named_for_ones_own_server_needs_no_key_of_openais(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCLI_MODEL", "openai/small-coder")
    with ScriptedServer([], models=("small-coder",)) as server:
        monkeypatch.setenv("AGENTCLI_API_BASE", server.base)
        code, found = examine(desk)
    assert (code, found["model"]["state"]) == (0, "ok")
    assert f"{server.base} answers" in found["model"]["detail"]


def test_no_engine_is_missing_when_it_is_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCLI_SANDBOX", "docker")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{desk.state}/no-such-socket")
    code, found = examine(desk)
    assert code == 3
    assert "No Docker engine answers" in found["docker"]["detail"]
    assert "Start Docker" in found["docker"]["fix"]


def test_outside_a_repository_it_only_warns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "not-a-real-key")
    monkeypatch.chdir(desk.repo.parent)
    code, found = examine(desk)
    assert (code, found["repository"]["state"]) == (0, "warning")


def test_models_names_sources_and_the_one_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "not-a-real-key")
    out = desk.type("models").out
    assert out.startswith("A run here takes groq/")
    assert "✓ Groq" in out
    assert "OPENAI_API_KEY is not set" in out
    assert desk.type("models", "--model", "gpt-5.2", "--json").json["taken"]["ready"] is False


def test_without_a_model_both_say_so_by_the_same_code(desk: Desk) -> None:
    codes = {desk.type(command, "--json").code for command in ("doctor", "models")}
    ready = desk.type("models", "--json").json["taken"]["ready"]
    assert codes == ({0} if ready else {3})  # a server may run on this machine


def test_a_key_that_is_set_is_said_to_be_not_checked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    for named in ((), ("--model", "gpt-5.2")):
        said = desk.type("models", *named)
        assert said.code == 0
        assert "OPENAI_API_KEY is set, not checked" in said.out
    assert "OPENAI_API_KEY is set, not checked" in desk.type("doctor").out
