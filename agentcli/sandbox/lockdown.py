"""What a container is allowed: the request to the engine, made from a sandbox's spec."""

import io
import stat
import tarfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from agentcli.errors import SandboxFault
from agentcli.resources import resource_dir
from agentcli.sandbox import owner
from agentcli.sandbox.base import SandboxSpec
from agentcli.sandbox.box import PROXY_FOLDER, PROXY_SOCKET, Layout, proxied
from agentcli.sandbox.local import Room

RUN_LABEL = "agentcli.run"
OWNER_LABEL = "agentcli.owner"
_TOOLBOX = "/agentcli-toolbox"
VOLUME = "/agentcli"
_OURS = Layout()  # its folders are in our image, so their volumes belong to our user
_THEIRS = Layout(f"{VOLUME}/workspace", f"{VOLUME}/home")  # for images of the person's own
_USER = "1000:1000"  # fixed: files leave only as packs, so it need not be the person's own


def request(api: Any, spec: SandboxSpec, tag: str, room: Room | None) -> dict[str, Any]:
    """The engine's request for a locked-down container."""
    labels = {RUN_LABEL: spec.owner, OWNER_LABEL: owner.myself()}
    memory = spec.memory_mb << 20
    places = layout(spec)
    volumes = (places.workspace, places.home) if spec.image is None else (VOLUME,)
    host_config = api.create_host_config(
        mounts=[
            *(_volume(path, labels) for path in volumes),
            _read_only(resource_dir("sandbox") / "toolbox", _TOOLBOX),
            _read_only(spec.objects, places.objects),
            *([_read_only(room.proxy, PROXY_FOLDER)] if room else []),
        ],
        # Pages of a tmpfs count as memory and can't be freed by killing a process.
        tmpfs={"/tmp": f"rw,exec,nosuid,nodev,mode=1777,size={memory // 4}"},
        network_mode="bridge" if spec.network else "none",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true", f"seccomp={_seccomp()}"],
        pids_limit=spec.pids,
        mem_limit=memory,
        memswap_limit=memory,
        nano_cpus=int(spec.cpus * 1e9),
        log_config={"Type": "none"},
        init=False,
    )
    return {
        "image": tag,
        "entrypoint": ["python3", "-I", "-S", _TOOLBOX],
        "command": [],
        "user": _USER,
        "working_dir": "/",
        "hostname": "sandbox",
        "stdin_open": True,
        "tty": False,
        "labels": {**labels, "agentcli.agent": spec.name},
        "host_config": host_config,
        "use_config_proxy": False,  # it may hold a password, and leads past a closed network
    }


def _volume(target: str, labels: dict[str, str]) -> Any:
    from docker.types import Mount

    return Mount(target=target, source=None, type="volume", labels=labels)


def _read_only(source: Path, target: str) -> Any:
    from docker.types import Mount

    return Mount(target=target, source=str(source.resolve()), type="bind", read_only=True)


def layout(spec: SandboxSpec) -> Layout:
    """Where things are in a container of this spec."""
    places = _OURS if spec.image is None else _THEIRS
    return replace(places, proxy=PROXY_SOCKET if proxied(spec) else None)


def owned_folders(*names: str) -> bytes:
    """A tar archive of empty folders that belong to our user."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in names:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            folder.uid = folder.gid = int(_USER.partition(":")[0])
            archive.addfile(folder)
    return packed.getvalue()


def check_readable(spec: SandboxSpec) -> None:
    """The container's user is another than ours, so what it reads must be open to everybody."""
    toolbox = resource_dir("sandbox") / "toolbox"
    samples = [toolbox, toolbox / "__main__.py", spec.objects]
    samples += list(spec.objects.glob("pack/*"))[:1]
    for path in samples:
        if not path.stat().st_mode & stat.S_IROTH:
            raise SandboxFault(
                f"{path} can't be read by the container's user.", f"Run `chmod -R o+rX {path}`."
            )


@cache
def _seccomp() -> str:
    return (resource_dir("sandbox") / "seccomp.json").read_text()
