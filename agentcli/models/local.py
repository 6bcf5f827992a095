"""`--model gguf:PATH`: a model file, served by a child process for as long as it is needed."""

import asyncio
import importlib.util
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO

from agentcli.errors import ModelFault, UsageFault
from agentcli.models.local_server import READY

PREFIX = "gguf:"
CONTEXT = 16_384  # tokens; about 0.5 GB of cache for a model of 1.5 billion parameters
MAX_OUTPUT = 4_096  # tokens; small models may never stop by themselves
_MAGIC = b"GGUF"
_LOADING = 300.0  # seconds until the server must be ready
_ENDING = 5.0  # seconds until it is killed


def model_file(name: str) -> Path:
    """The file that a `gguf:PATH` name means. Raises UsageFault when it isn't a GGUF file."""
    path = Path(name.removeprefix(PREFIX)).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise UsageFault(
            f"The model file {path} can't be read: {error.strerror}.", "Check the path."
        ) from error
    if magic != _MAGIC:
        raise UsageFault(f"{path} is not a GGUF model file.", "Take one that ends in .gguf.")
    return path.resolve()


def check_extra() -> None:
    """Raises UsageFault when the package that serves a file isn't installed."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise UsageFault(
            "Model files need an extra package.", "Install it: pip install 'agentcli[local]'."
        )


@asynccontextmanager
async def serve(name: str, context: int = CONTEXT) -> AsyncIterator[str]:
    """Serve a `gguf:PATH` model; gives the API's base URL. The server ends with the block.

    Raises UsageFault for a bad file or a missing extra, ModelFault when it won't load.
    """
    path = model_file(name)
    check_extra()
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "agentcli.models.local_server",
            str(path),
            str(context),
            str(_threads()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env={**os.environ, "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive")},
            start_new_session=True,  # Ctrl-C is for us; we end it when the run has stopped
        )
        try:
            yield f"{await _address(process, path, log)}/v1"
        finally:
            await _end(process)


async def _address(process: asyncio.subprocess.Process, path: Path, log: IO[bytes]) -> str:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_LOADING):
            async for line in process.stdout:
                if line.startswith(READY.encode()):
                    return line.decode().removeprefix(READY).strip()
    except TimeoutError:
        raise ModelFault(f"{path.name} was not loaded after {_LOADING:g} s.") from None
    raise ModelFault(f"{path.name} can't be loaded: {_reason(log)}.", "Is the file complete?")


def _reason(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").splitlines()
    telling = (
        [line for line in lines if "error" in line.lower()] or lines[-1:] or ["no reason given"]
    )
    return telling[0].strip().rstrip(".")[:200]


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(_ENDING):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _threads() -> int:
    return max(1, min(os.cpu_count() or 1, 8))  # beyond that, memory is what limits
