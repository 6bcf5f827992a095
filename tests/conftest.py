"""What holds for every test: nothing of the person's own is read or written, no engine no excuse.

Where no Docker engine answers, tests marked `docker` are skipped with the reason, and those marked
`browser` where there is no Chromium. With `CI` set they fail instead, also when they would skip
themselves, because there they must run.
"""

import os
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import pytest

from agentcli.errors import SandboxFault
from agentcli.models.providers import PROVIDERS
from agentcli.sandbox.engine import connect
from agentcli.settings import ENV_PREFIX
from tests.support.browser import find_browser

_FOR_TESTS = f"{ENV_PREFIX}TEST_"  # chosen by whoever runs tests against a real model
_ENDPOINTS = ("OPENAI_API_BASE", "OPENAI_BASE_URL", "ANTHROPIC_API_BASE", "OLLAMA_API_BASE")
_PRIVATE = {"XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data"}


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all workers of a session: it holds the lock under which the image is made."""
    base = tmp_path_factory.getbasetemp()
    worker = "PYTEST_XDIST_WORKER" in os.environ
    return (base.parent if worker else base) / "xdg-cache"


@pytest.fixture(scope="session", autouse=True)
def _session_environment(shared_cache: Path) -> Iterator[None]:
    """No settings, keys or servers of the person's, from before the first session fixture."""
    with pytest.MonkeyPatch.context() as patch:
        foreign = [provider.key for provider in PROVIDERS] + list(_ENDPOINTS)
        settings = [n for n in os.environ if n.startswith(ENV_PREFIX)]
        for name in foreign + [n for n in settings if not n.startswith(_FOR_TESTS)]:
            patch.delenv(name, raising=False)
        patch.setenv("XDG_CACHE_HOME", str(shared_cache))
        yield


@pytest.fixture(autouse=True)
def xdg(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Path]:
    """State, configuration and data directories of the test's own, by variable."""
    root = tmp_path_factory.mktemp("xdg")
    places = {variable: root / name for variable, name in _PRIVATE.items()}
    for variable, place in places.items():
        monkeypatch.setenv(variable, str(place))
    return places


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark, why_not in _NEEDS.items():
        if item.get_closest_marker(mark) and (missing := why_not()):
            pytest.skip(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    needed = any(item.get_closest_marker(mark) for mark in _NEEDS)
    if report.skipped and needed and os.environ.get("CI"):
        report.outcome = "failed"
        why = call.excinfo.value if call.excinfo else "an expected failure"
        report.longrepr = f"CI is set, so this must not be skipped: {why}"
    return report


@cache
def _no_engine() -> str | None:
    """None when an engine answers, else why not; asked once."""
    try:
        connect().close()
    except SandboxFault as fault:
        return str(fault)
    return None


def _no_browser() -> str | None:
    return None if find_browser() else "No Chromium is installed here."


_NEEDS = {"docker": _no_engine, "browser": _no_browser}
