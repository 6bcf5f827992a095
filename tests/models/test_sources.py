"""Finding a model, asking servers about themselves, opening models from settings, model files."""

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agentcli.errors import ModelFault, UsageFault
from agentcli.models.base import Message, ModelRequest
from agentcli.models.build import model_name, open_models, resolve_models
from agentcli.models.discover import available, discover
from agentcli.models.gguf import read_metadata
from agentcli.models.local import serve
from agentcli.models.providers import PROVIDERS, LocalServer, is_loopback
from agentcli.models.serving import served, served_context
from agentcli.settings import Settings
from tests.support.scripted_server import ScriptedServer, Turn

pytestmark = pytest.mark.xdist_group("litellm")


def nobody(title: str = "Nobody") -> LocalServer:
    """A server that isn't there: its port was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return LocalServer(title, probe.getsockname()[1])


# ---- discovery ------------------------------------------------------------------------------


async def test_a_key_is_taken_first_in_the_order_of_preference() -> None:
    found = await discover({"MISTRAL_API_KEY": "x", "OPENAI_API_KEY": "y"}, servers=())
    assert (found.model, found.api_base, found.why) == ("gpt-5.2", None, "OPENAI_API_KEY is set")


async def test_without_a_key_a_local_server_with_its_coding_model() -> None:
    with ScriptedServer([], models=("nomic-embed", "llama", "qwen-coder")) as server:
        local = LocalServer("llama.cpp", server.port)
        found = await discover({}, [nobody(), local])
    assert (found.model, found.api_base) == ("qwen-coder", local.base)
    assert found.why == f"llama.cpp runs on port {server.port}"


async def test_with_nothing_there_is_one_message_with_all_the_ways() -> None:
    began = time.monotonic()
    with pytest.raises(ModelFault) as raised:
        await discover({}, [nobody("Ollama"), nobody("vLLM")])
    assert time.monotonic() - began < 0.5
    for way in ("ANTHROPIC_API_KEY", "Ollama", "--model gguf:PATH", "--api-base"):
        assert way in str(raised.value)


async def test_a_silent_port_costs_less_than_half_a_second() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(ModelFault):
            await discover({}, [LocalServer("Deaf", silent.getsockname()[1])] * 3)
        assert time.monotonic() - began < 0.8  # 0.4 s and a slow machine


async def test_available_tells_of_each_source_whether_it_is_ready() -> None:
    with ScriptedServer([], models=("phi",)) as server:
        sources = await available(
            {"XAI_API_KEY": "x"}, [nobody(), LocalServer("vLLM", server.port)]
        )
    ready = {source.title: source for source in sources if source.ready}
    assert set(ready) == {"xAI", "vLLM"}
    assert ready["vLLM"].models == ("phi",)
    assert len(sources) == len(PROVIDERS) + 2


def test_default_models_are_known_to_the_price_map_and_call_tools() -> None:
    from agentcli.models.client import LitellmModel, Target

    for provider in PROVIDERS:
        model = LitellmModel(Target(provider.default_model))
        assert model.priced and model.native_tools, provider.default_model


@pytest.mark.parametrize(
    ("base", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.8.8.8/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://127.0.0.1.example.com/v1", False),
        ("https://api.example.com", False),
        (None, False),
    ],
)
def test_what_counts_as_this_machine(base: str | None, here: bool) -> None:
    assert is_loopback(base) is here


async def test_a_server_tells_its_models_and_their_windows() -> None:
    with ScriptedServer([], models=("a",), context=4096) as server:
        models = await served(server.base)
        assert models is not None and [(m.name, m.context) for m in models] == [("a", 4096)]
        assert await served_context(server.base, "a") == 4096
        assert await served_context(server.base, "b") is None


# ---- from settings --------------------------------------------------------------------------


async def test_an_opened_model_asks_the_server_for_its_window_and_answers() -> None:
    with ScriptedServer([Turn("Hi.")], models=("m",), context=5000) as server:
        async with open_models(Settings(api_base=server.base), print) as models:
            model = await models.playing("coder")
            assert (model.name, model.context_tokens, model.priced) == ("m", 5000, True)
            reply = await model.reply(ModelRequest([Message("user", "hi")]))
    assert reply.text == "Hi."


async def test_a_server_without_an_answer_is_told_before_the_run() -> None:
    with pytest.raises(ModelFault, match="doesn't answer"):
        await resolve_models(Settings(api_base=nobody().base))


def test_roles_have_their_own_models() -> None:
    settings = Settings(model="m", planner_model="p")
    assert [model_name(settings, role) for role in ("planner", "coder")] == ["p", "m"]


# ---- model files ----------------------------------------------------------------------------


async def test_a_missing_or_wrong_model_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"nowhere\.gguf can't be read: No such file"):
        await resolve_models(Settings(model=f"gguf:{tmp_path}/nowhere.gguf"))
    text = tmp_path / "text.gguf"
    text.write_text("not a model")
    with pytest.raises(UsageFault, match="not a GGUF model file"):
        await resolve_models(Settings(model=f"gguf:{text}"))


def gguf_text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def test_text_fields_are_read_past_numbers_and_arrays(tmp_path: Path) -> None:
    fields = [
        gguf_text("general.architecture") + struct.pack("<I", 8) + gguf_text("qwen2"),
        gguf_text("count") + struct.pack("<II", 4, 7),
        gguf_text("words") + struct.pack("<IIQ", 9, 8, 2) + gguf_text("a") + gguf_text("bcd"),
        gguf_text("scores") + struct.pack("<IIQ3f", 9, 6, 3, 1.0, 2.0, 3.0),
        gguf_text("general.name") + struct.pack("<I", 8) + gguf_text("A Coder"),
    ]
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(fields)) + b"".join(fields))
    assert read_metadata(file, ("general.architecture", "general.name", "none")) == {
        "general.architecture": "qwen2",
        "general.name": "A Coder",
    }


async def test_an_incomplete_model_file_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="needs the extra `local`")
    file = tmp_path / "half.gguf"
    file.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + b"\0" * 64)
    with pytest.raises(ModelFault, match=r"half\.gguf can't be loaded"):
        async with serve(f"gguf:{file}"):
            pytest.fail("it was served")


def test_the_server_of_a_model_file_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 5
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(child)
    parent.stdout.close()


# The child waits in the very thread that watches its standard input.
_PARENT = """
import subprocess, sys, time
code = "from agentcli.models.local_server import _end_with_parent; _end_with_parent()"
child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
print(child.pid, flush=True)
time.sleep(60)
"""


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_a_model_file_has_one_server_whatever_roles_it_plays(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="needs the extra `local`")
    for name in ("a", "b"):
        (tmp_path / f"{name}.gguf").write_bytes(b"GGUF")
    (tmp_path / "same.gguf").symlink_to("a.gguf")
    launched: list[str] = []
    ended: list[str] = []

    @asynccontextmanager
    async def launch(name: str, context: int) -> AsyncIterator[str]:
        launched.append(Path(name).name)
        yield server.base
        ended.append(Path(name).name)

    settings = Settings(
        model=f"gguf:{tmp_path}/b.gguf",
        planner_model=f"gguf:{tmp_path}/a.gguf",
        coder_model=f"gguf:{tmp_path}/a.gguf",
        fallback_model=f"gguf:{tmp_path}/same.gguf",
    )
    with ScriptedServer([]) as server:
        async with open_models(settings, print, launch) as models:
            planner, coder = await asyncio.gather(
                models.playing("planner"), models.playing("coder")
            )
            assert planner is coder
            assert (launched, ended) == (["a.gguf"], [])
    assert ended == ["a.gguf"]


@pytest.mark.realmodel
@pytest.mark.slow
async def test_a_real_model_file_answers() -> None:
    """AGENTCLI_TEST_GGUF names a model file."""
    settings = Settings(model=f"gguf:{os.environ['AGENTCLI_TEST_GGUF']}", temperature=0)
    async with open_models(settings, print) as models:
        model = await models.playing("coder")
        async with asyncio.timeout(120):
            reply = await model.reply(ModelRequest([Message("user", "What is 2 + 2? One number.")]))
    assert "4" in reply.text
