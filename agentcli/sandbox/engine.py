"""Reaching the Docker engine, and what it raises as one clear line."""

import os
from typing import Any
from urllib.parse import urlsplit

from agentcli.errors import SandboxFault

_TIMEOUT = 60  # seconds for one call to the engine
_START_ENGINE = "Start Docker, or choose --sandbox bubblewrap."


def connect() -> Any:
    """A client of the engine. Raises SandboxFault when none answers."""
    import docker
    from docker.errors import DockerException

    host = os.environ.get("DOCKER_HOST", "")
    if host and urlsplit(host).scheme not in ("unix", "tcp"):
        raise SandboxFault(f"DOCKER_HOST={host} is not supported.", "Use unix:// or tcp://.")
    if host.startswith("tcp") and os.environ.get("DOCKER_TLS_VERIFY"):
        raise SandboxFault(
            "Docker over TLS is not supported.", "Use a unix:// or plain tcp:// one."
        )
    try:
        return docker.APIClient(base_url=host or None, version="auto", timeout=_TIMEOUT)
    except (DockerException, OSError) as error:
        raise SandboxFault(
            f"No Docker engine answers ({root_cause(error)}).", _START_ENGINE
        ) from error


class engine_errors:  # noqa: N801  # reads as a word in `with`
    """Turn what docker-py raises into a SandboxFault."""

    def __init__(self, what: str, fix: str = "") -> None:
        self._what = what
        self._fix = fix

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from docker.errors import DockerException
        from requests import RequestException

        if isinstance(error, DockerException | RequestException | OSError):
            raise SandboxFault(f"{self._what}: {root_cause(error)}.", self._fix) from error


def root_cause(error: BaseException) -> str:
    """What went wrong in one line: the engine's own words, else the innermost message."""
    while True:
        explanation = getattr(error, "explanation", None)
        inner = error.__cause__ or error.__context__
        if explanation or inner is None:
            said = str(explanation or error).strip().rstrip(".")
            return " ".join(said.split()) or type(error).__name__
        error = inner
