"""Play the demo: the recorded runs on a small real repository, or the same task live.

The recordings (`recordings/MODE.jsonl`) are journals as `stream-json` prints them, made by
`agentcli demo --model M --mode MODE --record FILE` with a real model; nobody wrote their words by
hand.
"""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentcli.errors import SandboxFault, UsageFault
from agentcli.journal.events import Event
from agentcli.journal.store import Journal
from agentcli.runs.replay import Replayed, replay
from agentcli.sandbox import image
from agentcli.sandbox.base import Backend
from agentcli.sandbox.bubblewrap import BubblewrapBackend
from agentcli.sandbox.docker import DockerBackend
from agentcli.sandbox.host import HostBackend

TASK = (
    "Adding the same name to the basket again must add up the counts, and in_words must always "
    "show two digits after the point. Mend both."
)
TEST = "python3 -m unittest"

_HERE = Path(__file__).parent
_WHO = ("-c", "user.name=agentcli demo", "-c", "user.email=demo@localhost")


@dataclass(frozen=True)
class Ground:
    """The isolation that the demo found, and a notice when it is none."""

    backend: Backend
    notice: str


def make_project(directory: Path) -> Path:
    """A real git repository with two bugs and failing tests, in `directory`/shop."""
    project = directory / "shop"
    shutil.copytree(_HERE / "project", project, ignore=shutil.ignore_patterns("__pycache__"))
    for command in (
        ("init", "-q", "--template="),
        ("add", "-A"),
        (*_WHO, "commit", "-q", "--no-verify", "-m", "A shop with two bugs"),
    ):
        subprocess.run(["git", *command], cwd=project, check=True, capture_output=True)
    return project


def recorded_modes() -> Sequence[str]:
    """The ways of working that there is a recording of."""
    return sorted(path.stem for path in (_HERE / "recordings").glob("*.jsonl"))


def recording(mode: str) -> Sequence[Event]:
    """The events of the recorded run in this mode. Raises UsageFault when there is none."""
    if mode not in recorded_modes():
        raise UsageFault(
            f"There is no recording in mode {mode!r}.",
            f"Take {' or '.join(recorded_modes())}, or add --model to see it live.",
        )
    lines = (_HERE / "recordings" / f"{mode}.jsonl").read_text("utf-8").splitlines()
    return [Event.from_json(line) for line in lines if line.strip()]


async def find_ground(wanted: str = "auto") -> Ground:
    """Docker if its image is there, else bubblewrap, else (for the demo alone) a folder.

    What a dead owner left there is swept. Raises SandboxFault when the one that is wanted fails.
    """
    ground = await _choose(wanted)
    await ground.backend.sweep()
    return ground


async def _choose(wanted: str) -> Ground:
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


async def play(
    recorded: Sequence[Event], project: Path, ground: Ground, journal: Journal
) -> Replayed:
    """Replay a recording on the project."""
    return await replay(recorded, journal, ground.backend, repo=project)
