"""Play the demo: the recorded run on a small real repository, or the same task live.

The recording (`recording.jsonl`) is a journal as `stream-json` prints it, made by
`agentcli demo --model M --record FILE` with a real model; nobody wrote its words by hand.
"""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentcli.errors import SandboxFault
from agentcli.journal.events import Event, RunStarted
from agentcli.journal.store import Journal, started
from agentcli.runs.replay import Replayed, replay
from agentcli.sandbox import image
from agentcli.sandbox.base import Backend
from agentcli.sandbox.bubblewrap import BubblewrapBackend
from agentcli.sandbox.docker import DockerBackend
from agentcli.sandbox.host import HostBackend

TASK = "Adding the same name twice must add up the counts. Mend Basket.add."
TEST = "python3 -m unittest"

_HERE = Path(__file__).parent
_WHO = ("-c", "user.name=agentcli demo", "-c", "user.email=demo@localhost")


@dataclass(frozen=True)
class Ground:
    """The isolation that the demo found, and a notice when it is none."""

    backend: Backend
    notice: str


def make_project(directory: Path) -> Path:
    """A real git repository with a bug and a failing test, in `directory`/basket."""
    project = directory / "basket"
    shutil.copytree(_HERE / "project", project, ignore=shutil.ignore_patterns("__pycache__"))
    for command in (
        ("init", "-q", "--template="),
        ("add", "-A"),
        (*_WHO, "commit", "-q", "--no-verify", "-m", "A basket with a bug"),
    ):
        subprocess.run(["git", *command], cwd=project, check=True, capture_output=True)
    return project


def recording() -> Sequence[Event]:
    """The recorded run's events."""
    lines = (_HERE / "recording.jsonl").read_text("utf-8").splitlines()
    return [Event.from_json(line) for line in lines if line.strip()]


def recorded_start() -> RunStarted:
    """How the recorded run began: its model, mode and version."""
    return started(list(recording()))


async def find_ground(wanted: str = "auto") -> Ground:
    """Docker if its image is there, else bubblewrap, else (for the demo alone) a folder."""
    docker, bubblewrap = DockerBackend(), BubblewrapBackend()
    if wanted in ("auto", "docker") and await docker.available() is None:
        if await image.find() is not None:
            return Ground(docker, "")
        if wanted == "docker":
            raise SandboxFault("The sandbox's image is not built.", "agentcli sandbox build")
    if wanted in ("auto", "bubblewrap") and await bubblewrap.available() is None:
        return Ground(bubblewrap, "")
    if wanted in ("auto", "host"):
        return Ground(
            HostBackend(),
            "No sandbox works here (`agentcli doctor` says why), so the recorded commands run in "
            "a temporary folder WITHOUT isolation. A live run would not start like this.",
        )
    raise SandboxFault(f"{wanted} does not work here.", "`agentcli doctor` says why.")


async def play(project: Path, ground: Ground, journal: Journal) -> Replayed:
    """Replay the recording on the project."""
    return await replay(recording(), journal, ground.backend, repo=project)
