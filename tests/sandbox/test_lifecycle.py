"""Nothing outlives its owner: not after a close, a failure, a cancellation or a crash."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentcli.errors import SandboxFault
from agentcli.sandbox import owner
from agentcli.sandbox.base import Sandbox
from agentcli.sandbox.bubblewrap import BubblewrapBackend
from agentcli.sandbox.docker import DockerBackend
from agentcli.sandbox.host import HostBackend
from agentcli.sandbox.select import choose, sweep_all
from tests.sandbox.conftest import Base, Opener

Containers = Callable[[str], list[str]]
LOCAL = pytest.mark.parametrize(
    "backend", [BubblewrapBackend(), HostBackend()], ids=["bwrap", "host"]
)


@pytest.mark.docker
async def test_a_closed_container_is_gone_with_its_volumes(
    base: Base, sandbox_image: str, containers: Containers
) -> None:
    spec = base.spec()
    box = await DockerBackend().open(spec)
    assert len(containers(spec.owner)) == 3
    assert box.image == sandbox_image
    await box.run("sleep 100 &", timeout=5)
    await box.close()
    await box.close()
    assert containers(spec.owner) == []
    with pytest.raises(SandboxFault, match="closed"):
        await box.run("true", timeout=5)


@pytest.mark.docker
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tree": "0" * 40}, "workspace can't be made"),
        ({"image": "no-such-image-of-agentcli:1"}, "No such image"),
        ({"pack": b"no pack"}, "workspace can't be made"),
    ],
)
async def test_a_failed_open_leaves_no_container(
    base: Base, sandbox_image: str, containers: Containers, changes: dict[str, str], message: str
) -> None:
    spec = replace(base.spec(), **changes)
    with pytest.raises(SandboxFault, match=message):
        await DockerBackend().open(spec)
    assert containers(spec.owner) == []


@pytest.mark.docker
@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.08, 0.14])
async def test_a_cancelled_open_leaves_no_container(
    base: Base, sandbox_image: str, containers: Containers, seconds: float
) -> None:
    spec = base.spec()
    await _cancel_after(seconds, DockerBackend().open(spec))
    assert containers(spec.owner) == []


@pytest.mark.docker
async def test_a_container_that_dies_is_a_fault_at_once(
    opener: Opener, base: Base, containers: Containers
) -> None:
    box = await opener("docker", owner="tdies")
    task = asyncio.create_task(box.run("sleep 60", timeout=60))
    await asyncio.sleep(0.2)
    started = time.monotonic()
    subprocess.run(["docker", "kill", containers("tdies")[0]], check=True, capture_output=True)
    with pytest.raises(SandboxFault, match="exit code 137"):
        await task
    assert time.monotonic() - started < 5


@LOCAL
async def test_a_closed_sandbox_leaves_no_directory_and_no_process(
    base: Base, private_state: Path, backend: BubblewrapBackend | HostBackend
) -> None:
    if missing := await backend.available():
        pytest.skip(missing)
    box = await backend.open(base.spec())
    nap = f"sleep {random.randint(1000, 10**8)}"  # no other test's, side by side with this one
    await box.run(f"setsid {nap} & mkdir d; touch d/f; chmod 0 d", timeout=5)
    await box.close()
    await box.close()
    assert list(private_state.iterdir()) == []
    assert nap not in subprocess.run(["ps", "ax"], capture_output=True, text=True).stdout


NEST = "import os\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')"


@LOCAL
async def test_folders_nested_without_end_are_removed(
    base: Base, private_state: Path, backend: BubblewrapBackend | HostBackend
) -> None:
    if missing := await backend.available():
        pytest.skip(missing)
    box = await backend.open(base.spec())
    await box.run(f'python3 -c "{NEST}"; chmod 0 d', timeout=20)
    await box.close()
    assert list(private_state.iterdir()) == []


@LOCAL
async def test_a_failed_or_cancelled_open_leaves_no_directory(
    base: Base, private_state: Path, backend: BubblewrapBackend | HostBackend
) -> None:
    if missing := await backend.available():
        pytest.skip(missing)
    with pytest.raises(SandboxFault, match="workspace can't be made"):
        await backend.open(base.spec(tree="0" * 40))
    for seconds in (0.0, 0.005, 0.01, 0.015):
        await _cancel_after(seconds, backend.open(base.spec()))
    assert list(private_state.iterdir()) == []


@LOCAL
async def test_a_toolbox_that_dies_is_a_fault_at_once(
    base: Base, backend: BubblewrapBackend | HostBackend
) -> None:
    if missing := await backend.available():
        pytest.skip(missing)
    box = await backend.open(base.spec())
    task = asyncio.create_task(box.run("sleep 60", timeout=60))
    await asyncio.sleep(0.2)
    for pid in _children(os.getpid()):
        os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        with pytest.raises(SandboxFault):
            await task
        await box.close()


CRASH = """
import asyncio, os, sys
from pathlib import Path
from agentcli.sandbox.base import SandboxSpec
from agentcli.sandbox.select import choose

async def main():
    backend = await choose(sys.argv[1])
    await backend.open(SandboxSpec(sys.argv[2], "1", Path(sys.argv[3]), (), *sys.argv[4:6]))
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


def _crash(backend: str, run: str, base: Base) -> None:
    objects = str(base.path / ".git/objects")
    command = [sys.executable, "-c", CRASH, backend, run, objects, base.commit, base.tree]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr


@pytest.mark.docker
async def test_the_sweep_takes_a_dead_owners_container_and_spares_a_living_ones(
    opener: Opener, base: Base, containers: Containers
) -> None:
    living = await opener("docker", owner="tliving")
    run = base.spec().owner
    await asyncio.to_thread(_crash, "docker", run, base)
    assert len(containers(run)) == 3
    assert await sweep_all() >= 1
    assert containers(run) == []
    assert (await living.run("echo alive", timeout=5)).stdout == "alive\n"


@pytest.mark.docker
async def test_several_may_sweep_at_the_same_time(base: Base, containers: Containers) -> None:
    run = base.spec().owner
    for _ in range(2):
        await asyncio.to_thread(_crash, "docker", run, base)
    await asyncio.gather(*(sweep_all() for _ in range(4)))
    assert containers(run) == []


@pytest.mark.parametrize("name", ["bubblewrap", "host"])
async def test_the_sweep_takes_a_dead_owners_directory_and_spares_a_living_ones(
    opener: Opener, base: Base, private_state: Path, name: str
) -> None:
    living = await opener(name)
    await asyncio.to_thread(_crash, name, "tdead", base)
    assert len(list(private_state.iterdir())) == 2
    assert await HostBackend().sweep() == 1
    assert len(list(private_state.iterdir())) == 1
    assert (await living.run("echo alive", timeout=5)).stdout == "alive\n"


def test_an_owner_is_dead_only_when_that_is_sure() -> None:
    mine = owner.myself()
    machine, boot, namespace, pid, start = mine.split(":")
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead = {
        "this process": (mine, False),
        "an earlier process of this id": (f"{machine}:{boot}:{namespace}:{pid}:1", True),
        "a process that is gone": (f"{machine}:{boot}:{namespace}:{ended.pid}:{start}", True),
        "before the last boot": (f"{machine}:other:{namespace}:{pid}:{start}", True),
        "another machine": (f"other:{boot}:{namespace}:{pid}:1", False),
        "another container": (f"{machine}:{boot}:other:{pid}:1", False),
        "nonsense": ("nonsense", False),
    }
    assert {what: owner.is_dead(line) for what, (line, _) in dead.items()} == {
        what: expected for what, (_, expected) in dead.items()
    }


async def test_a_missing_engine_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for host, message in (
        ("unix:///nowhere/docker.sock", "No Docker engine answers"),
        ("tcp://127.0.0.1:9", "No Docker engine answers"),
        ("ssh://somewhere", "not supported"),
    ):
        monkeypatch.setenv("DOCKER_HOST", host)
        with pytest.raises(SandboxFault, match=message) as caught:
            await choose("docker")
        assert "\n" not in str(caught.value)
    if await BubblewrapBackend().available() is None:
        assert (await choose("auto")).name == "bubblewrap"
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SandboxFault, match="apt install bubblewrap") as caught:
        await choose("auto")
    assert "\n" not in str(caught.value)
    assert await sweep_all() == 0


@pytest.mark.docker
async def test_an_image_of_ones_own_needs_no_preparation(
    own_images: Callable[[str], str], opener: Opener
) -> None:
    box = await opener("docker", image=own_images("rmdir /workspace; rm -r /home; userdel agent"))
    await box.write("new.txt", b"x")
    result = await box.run("id -u; touch ~/x && git status --short", timeout=10)
    assert result.stdout == "1000\n?? new.txt\n"


@pytest.mark.docker
@pytest.mark.parametrize("program", ["python3*", "git"])
async def test_an_image_without_python_or_git_says_what_it_needs(
    opener: Opener, base: Base, program: str, own_images: Callable[[str], str]
) -> None:
    spec = base.spec(image=own_images(f"rm /usr/bin/{program}"))
    with pytest.raises(SandboxFault, match="needs python3"):
        await DockerBackend().open(spec)


async def _cancel_after(seconds: float, opening: Coroutine[Any, Any, Sandbox]) -> None:
    """Cancel an open; on a fast machine it may have ended before, then it is closed."""
    task = asyncio.create_task(opening)
    await asyncio.sleep(seconds)
    if not task.cancel():
        await task.result().close()
    with suppress(asyncio.CancelledError):
        await task


def _children(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(word) for word in path.read_text().split()]
    return found
