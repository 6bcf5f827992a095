"""The image that commands run in: found by its recipe's hash, or made.

It is made from the Dockerfile when the engine reaches a registry, else from this system's
Debian packages. Both ways install `packages.txt` and run `prepare.sh`.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from agentcli.errors import SandboxFault
from agentcli.resources import resource_dir
from agentcli.sandbox.apt import release
from agentcli.sandbox.engine import connect, engine_errors
from agentcli.settings import cache_dir

Progress = Callable[[str], None]

REPOSITORY = "agentcli-sandbox"
_BASE = "debian:bookworm-slim"
_RECIPE = ("Dockerfile", "packages.txt", "prepare.sh")
_DEBIAN_RECIPE = 1  # raise it when `_bootstrap` makes another image from the same files
_REGISTRY_TIMEOUT = 10  # seconds to find out whether a registry answers
_BUILD_TIMEOUT = 900  # seconds
_SCRATCH_BYTES = 2 << 30  # what a build may need of a memory file system
_INSTALL = (
    "Install one (`apt install mmdebstrap`), or name an image with python3 and git as `image`."
)


def tag() -> str:
    """The name of the image that this version wants."""
    digest = hashlib.sha256(str(_DEBIAN_RECIPE).encode())
    for name in _RECIPE:
        digest.update(name.encode() + (resource_dir("sandbox") / name).read_bytes())
    return f"{REPOSITORY}:{digest.hexdigest()[:12]}"


async def find() -> str | None:
    """The image's tag when the engine has it. Raises SandboxFault when no engine answers."""
    return await asyncio.to_thread(_find)


async def build(progress: Progress) -> str:
    """Make the image unless it is there, and return its tag. Takes 20 to 60 seconds.

    `progress` gets lines for people. Raises SandboxFault, and leaves nothing half-made.
    """
    async with _one_builder(progress):
        if found := await find():
            return found
        if await asyncio.to_thread(_registry_answers):
            try:
                await _from_registry(progress)
                return tag()
            except SandboxFault as fault:
                progress(f"{fault.message} Trying this system's packages instead.")
        else:
            progress("No registry answers; making the image from this system's packages.")
        await _from_packages(progress)
        return tag()


def _find() -> str | None:
    from docker.errors import ImageNotFound

    with _engine() as api, engine_errors("The engine can't list its images"):
        try:
            api.inspect_image(tag())
        except ImageNotFound:
            return None
        return tag()


@contextmanager
def _engine(timeout: float = 60) -> Iterator[Any]:
    api = connect()
    api.timeout = timeout
    try:
        yield api
    finally:
        api.close()


@asynccontextmanager
async def _one_builder(progress: Progress) -> AsyncIterator[None]:
    """Wait while another process makes the same image."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / "image.lock").open("w") as file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    progress("Another process is making the image; waiting for it.")
                waiting = True
                await asyncio.sleep(0.2)
        yield


# ---- from a registry ----------------------------------------------------------------------


def _registry_answers() -> bool:
    from docker.errors import DockerException
    from requests import RequestException

    with _engine(_REGISTRY_TIMEOUT) as api:
        try:
            api.inspect_image(_BASE)  # it is here already
        except (DockerException, RequestException):
            try:
                api.inspect_distribution(_BASE)
            except (DockerException, RequestException):
                return False
        return True


async def _from_registry(progress: Progress) -> None:
    progress(f"Making {tag()} from {_BASE}.")
    loop = asyncio.get_running_loop()

    def tell(line: str) -> None:
        loop.call_soon_threadsafe(progress, line)

    await asyncio.to_thread(_docker_build, tell)


def _docker_build(tell: Progress) -> None:
    with _engine(_BUILD_TIMEOUT) as api, engine_errors("The image can't be built"):
        steps = api.build(
            path=str(resource_dir("sandbox")),
            tag=tag(),
            buildargs={"BASE": _BASE},
            rm=True,
            forcerm=True,
            decode=True,
        )
        for step in steps:
            if "error" in step:
                raise SandboxFault(f"The image can't be built: {step['error'].strip()}.")
            if line := step.get("stream", "").strip():
                tell(line)


# ---- from Debian packages -----------------------------------------------------------------


async def _from_packages(progress: Progress) -> None:
    with tempfile.TemporaryDirectory(prefix="agentcli-image-", dir=_scratch()) as folder:
        archive = Path(folder) / "root.tar"
        await _bootstrap(Path(folder), archive, progress)
        progress("Importing it into the engine.")
        await asyncio.to_thread(_import, archive)


async def _bootstrap(folder: Path, archive: Path, progress: Progress) -> None:
    recipe = resource_dir("sandbox")
    packages = ",".join((recipe / "packages.txt").read_text().split())
    prepare = str(recipe / "prepare.sh")
    source = release()
    if tool := shutil.which("mmdebstrap"):
        lean = [f"path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "info")]
        command = [tool, "--variant=minbase", f"--include={packages}"]
        command += [f"--dpkgopt={option}" for option in (*lean, "force-unsafe-io")]
        command += [f'--customize-hook=sh "{prepare}" "$1"', source.suite, str(archive)]
        await _run([*command, *source.lines], folder, progress)
    elif (tool := shutil.which("debootstrap")) and os.getuid() == 0:
        root = str(folder / "root")
        command = [tool, "--variant=minbase", f"--include={packages}"]
        await _run([*command, source.suite, root, *source.mirrors], folder, progress)
        await _run(["sh", prepare, root], folder, progress)
        await _run(["tar", "-C", root, "-cf", str(archive), "."], folder, progress)
    else:
        raise SandboxFault(
            "No registry answers and neither mmdebstrap nor (as root) debootstrap is there.",
            _INSTALL,
        )


async def _run(command: list[str], folder: Path, progress: Progress) -> None:
    """Run a build step, its last lines in the error when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert process.stdout is not None
    last: list[str] = []
    try:
        async with asyncio.timeout(_BUILD_TIMEOUT):
            async for line in process.stdout:
                text = line.decode(errors="replace").strip()
                last = [*last[-4:], text]
                progress(text)
            code = await process.wait()
    except TimeoutError:
        raise SandboxFault(f"{command[0]} took more than {_BUILD_TIMEOUT} s.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        raise SandboxFault(f"{command[0]} failed: {' / '.join(last)}", _INSTALL)


def _import(archive: Path) -> None:
    name, _, version = tag().partition(":")
    with _engine(_BUILD_TIMEOUT) as api, engine_errors("The image can't be imported"):
        api.import_image_from_file(
            str(archive),
            repository=name,
            tag=version,
            changes=["USER 1000:1000", "WORKDIR /workspace"],
        )
        api.inspect_image(tag())


def _scratch() -> str | None:
    """A memory file system where there is room on one: unpacking there is much faster."""
    shared = Path("/dev/shm")
    if shared.is_dir() and os.access(shared, os.W_OK):
        state = os.statvfs(shared)
        if state.f_bavail * state.f_frsize > _SCRATCH_BYTES:
            return str(shared)
    return None
