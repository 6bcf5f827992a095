"""The image of a task: named, or built from its Dockerfile once and found again by its hash."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

from agentcli.errors import SandboxFault
from agentcli.sandbox.base import Backend
from agentcli.sandbox.engine import connect, engine_errors
from agentcli.tasks.task import Task

_BUILD_TIMEOUT = 1800  # seconds


async def task_image(task: Task, backend: Backend) -> str | None:
    """The image that the task's sandboxes are made from; None leaves the choice to the settings.

    Raises SandboxFault when a Dockerfile can't be built, or the back-end has no images.
    """
    if task.dockerfile is None:
        return task.image
    if backend.name != "docker":
        raise SandboxFault(
            f"Task {task.id} needs an image, and {backend.name} has none.", "Use --sandbox docker."
        )
    return await asyncio.to_thread(_built, task.dockerfile)


def _built(dockerfile: Path) -> str:
    tag = f"agentcli-task:{context_digest(dockerfile.parent)}"
    api = connect()
    api.timeout = _BUILD_TIMEOUT
    try:
        with engine_errors(f"{dockerfile} can't be built"):
            if not api.images(name=tag):
                _build(api, dockerfile, tag)
    finally:
        api.close()
    return tag


def _build(api: Any, dockerfile: Path, tag: str) -> None:
    steps = api.build(
        path=str(dockerfile.parent),
        dockerfile=dockerfile.name,
        tag=tag,
        rm=True,
        forcerm=True,
        decode=True,
    )
    for step in steps:
        if "error" in step:
            raise SandboxFault(f"{dockerfile} can't be built: {step['error'].strip()}.")


def context_digest(context: Path) -> str:
    """The hash of all that the build can see."""
    digest = hashlib.sha256()
    for file in sorted(path for path in context.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(context)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
