"""No isolation at all: the toolbox as a plain process in a temporary clone."""

import os
import sys

from agentcli.resources import resource_dir
from agentcli.sandbox.base import SandboxSpec
from agentcli.sandbox.box import About, ChannelSandbox, Layout
from agentcli.sandbox.local import Launch, make_room, open_local, sweep_rooms

_ISOLATION = "NO isolation: commands run as you, in a temporary clone, with your files and network"
_PASSED = ("PATH", "LANG", "TMPDIR", "SHELL", "USER", "LOGNAME", "VIRTUAL_ENV")


class HostBackend:
    """Commands run as the person, only kept apart by directory. Never chosen by itself."""

    name = "host"

    async def available(self) -> str | None:
        return None

    async def open(self, spec: SandboxSpec) -> ChannelSandbox:
        room = make_room()
        launch = Launch(
            [sys.executable, "-I", "-S", str(resource_dir("sandbox") / "toolbox")],
            # Chosen by name: keys of model providers stay out of what commands see.
            {name: os.environ[name] for name in _PASSED if name in os.environ},
            Layout(str(room.workspace), str(room.home), str(spec.objects.resolve())),
            {},
        )
        return await open_local(room, spec, launch, About("host", _ISOLATION))

    async def sweep(self) -> int:
        return await sweep_rooms()
