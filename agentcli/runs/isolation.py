"""The back-end of a run, ready to open sandboxes; what dead runs left is swept on the way."""

from collections.abc import Callable

from agentcli.errors import SandboxFault
from agentcli.sandbox import image
from agentcli.sandbox.base import Backend
from agentcli.sandbox.bubblewrap import BubblewrapBackend
from agentcli.sandbox.select import choose
from agentcli.settings import Settings


async def isolation(settings: Settings, on_progress: Callable[[str], None]) -> Backend:
    """The back-end that the settings name. Docker's image is built when it is not there yet.

    Raises SandboxFault with the fix when nothing works, or when the named one does not.
    """
    backend = await choose(settings.sandbox)
    await backend.sweep()
    if backend.name != "docker" or settings.image is not None or await image.find() is not None:
        return backend
    on_progress("Building the sandbox's image, once; this takes about a minute.")
    try:
        await image.build(on_progress)
    except SandboxFault as fault:
        spare = BubblewrapBackend()
        if settings.sandbox != "auto" or await spare.available() is not None:
            raise
        on_progress(f"{fault.message} Going on with bubblewrap.")
        return spare
    return backend
