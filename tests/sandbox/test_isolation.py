"""What a command can't do: reach the host, the channel, the network, or more than its share."""

import asyncio
import os
import socket
import threading
from pathlib import Path

import pytest

from agentcli.sandbox.base import Sandbox, SandboxError
from tests.sandbox.conftest import ISOLATED, Base, Opener


@pytest.mark.parametrize(
    "place", ["/new", "/usr/new", "/etc/new", "/agentcli-toolbox/new", "/agentcli-objects/new"]
)
async def test_only_the_workspace_home_and_tmp_can_be_written(cell: Sandbox, place: str) -> None:
    assert (await cell.run(f"touch {place}", timeout=10)).exit_code == 1
    assert (await cell.run("touch here ~/new /tmp/new /dev/shm/new", timeout=10)).exit_code == 0


async def test_the_hosts_files_and_sockets_are_out_of_sight(cell: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    paths = f"{secret} {Path.home()}/.ssh /var/run/docker.sock /run/docker.sock"
    assert (await cell.run(f"ls -d {paths}", timeout=10)).stdout == ""
    assert (await cell.run("cat /etc/shadow", timeout=10)).stdout == ""
    assert (await cell.run("id -u", timeout=10)).stdout == "1000\n"


async def test_replies_cannot_be_forged(cell: Sandbox) -> None:
    forged = "for fd in /proc/1/fd/* $(seq -f /proc/1/fd/%g 0 40); do echo forged > $fd; done"
    await cell.run(forged, timeout=10)
    traced = await cell.run(
        "python3 -c \"import os; os.open('/proc/1/mem', os.O_RDWR)\"; ls -l /proc/self/fd",
        timeout=10,
    )
    assert "PermissionError" in traced.stderr
    assert (await cell.run("echo fine", timeout=10)).stdout == "fine\n"


async def test_the_first_process_cannot_be_killed_from_inside(cell: Sandbox) -> None:
    for signals in ("KILL STOP", "INT HUP QUIT TERM USR1 XCPU ALRM"):
        await cell.run(f"for s in {signals}; do kill -$s 1; done; sleep .05", timeout=10)
    await cell.run("kill -9 -1", timeout=10)
    assert (await cell.run("echo alive", timeout=10)).stdout == "alive\n"


@pytest.mark.docker
async def test_the_first_process_cannot_be_starved_by_limits(opener: Opener) -> None:
    box = await opener("docker")
    for limit in ("NOFILE", "DATA", "CPU"):
        cut = f"import resource as r; r.prlimit(1, r.RLIMIT_{limit}, (1, 1))"
        assert "PermissionError" in (await box.run(f"python3 -c '{cut}'", timeout=10)).stderr
    own = await box.run("ulimit -n 64; ulimit -n; prlimit --nofile=32:32 true", timeout=10)
    assert (own.stdout, own.exit_code) == ("64\n", 0)


@pytest.mark.docker
async def test_many_small_hogs_are_killed_before_the_first_process(opener: Opener) -> None:
    box = await opener("docker", memory_mb=64)
    hog = "import time; x = bytearray(b'x') * (5 << 20); time.sleep(2)"
    await box.run(f'for i in $(seq 20); do python3 -c "{hog}" & done; wait', timeout=20)
    assert (await box.run("echo alive", timeout=10)).stdout == "alive\n"


async def test_new_namespaces_are_refused(cell: Sandbox) -> None:
    assert (await cell.run("unshare -U true", timeout=10)).exit_code != 0
    assert (await cell.run("unshare -Urm mount -t tmpfs x /tmp", timeout=10)).exit_code != 0


@pytest.mark.docker
@pytest.mark.parametrize("name", ["ptrace", "bpf", "keyctl", "io_uring_setup", "userfaultfd"])
async def test_dangerous_system_calls_are_refused(opener: Opener, name: str) -> None:
    numbers = {"ptrace": 101, "bpf": 321, "keyctl": 250, "io_uring_setup": 425, "userfaultfd": 323}
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are those of x86_64")
    box = await opener("docker")
    call = f"libc.syscall({numbers[name]}, 0, 0, 0, 0)"
    result = await box.run(
        f"python3 -c 'import ctypes; libc = ctypes.CDLL(None, use_errno=True);"
        f"print({call}, ctypes.get_errno())'",
        timeout=10,
    )
    assert result.stdout == "-1 1\n"


async def test_ordinary_programs_run(cell: Sandbox) -> None:
    result = await cell.run(
        "python3 -c 'import multiprocessing, threading, asyncio, sqlite3, socket;"
        "print(multiprocessing.Pool(2).map(abs, [-1, -2]));"
        "t = threading.Thread(target=print, args=(3,)); t.start(); t.join();"
        'asyncio.run(asyncio.sleep(0)); sqlite3.connect("a.db").execute("create table a (b)")\''
        "&& git log --oneline | cat && seq 1000 | sort -R | tail -1 > /dev/null",
        timeout=20,
    )
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.docker
async def test_the_image_has_what_python_projects_need(opener: Opener) -> None:
    box = await opener("docker")
    result = await box.run("python -m pytest -q src && rg -c def src && ps && patch -v", timeout=20)
    assert (result.exit_code, "1 passed" in result.stdout) == (0, True)


@pytest.mark.parametrize("backend", ISOLATED)
async def test_the_network_is_closed_unless_opened(opener: Opener, backend: str) -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        answering = threading.Thread(target=lambda: server.accept()[0].close(), daemon=True)
        answering.start()
        host = "172.17.0.1" if backend == "docker" else "127.0.0.1"
        probe = f"exec 3<>/dev/tcp/{host}/{server.getsockname()[1]}"
        closed = await opener(backend)
        assert (await closed.run(probe, timeout=5)).exit_code != 0
        opened = await opener(backend, network=True)
        assert (await opened.run(probe, timeout=5)).exit_code == 0


@pytest.mark.parametrize("backend", ISOLATED)
async def test_memory_is_limited(opener: Opener, backend: str) -> None:
    box = await opener(backend, memory_mb=128)
    hog = "python3 -c 'x = bytearray(300 << 20); print(len(x))'"
    result = await box.run(hog, timeout=20)
    assert (result.exit_code != 0, result.stdout) == (True, "")
    assert (await box.run("echo alive", timeout=10)).stdout == "alive\n"


@pytest.mark.docker
async def test_tmp_cannot_take_the_memory(opener: Opener) -> None:
    box = await opener("docker", memory_mb=128)
    result = await box.run("head -c 200M /dev/zero > /tmp/fill", timeout=20)
    assert "No space left" in result.stderr
    assert (await box.run("echo alive", timeout=10)).stdout == "alive\n"


@pytest.mark.parametrize("backend", ISOLATED)
async def test_a_fork_bomb_ends_with_its_time_limit(opener: Opener, backend: str) -> None:
    box = await opener(backend, pids=64)
    result = await box.run(":(){ :|:& };: ; sleep 60", timeout=1)
    assert result.seconds < 8
    after = await box.run("echo alive", timeout=10)
    assert (after.stdout, after.notes) == ("alive\n", ())


@pytest.mark.parametrize("backend", ISOLATED)
async def test_a_fork_bomb_in_the_background_does_not_lock_us_out(
    opener: Opener, backend: str
) -> None:
    box = await opener(backend, pids=64)
    await box.run("for i in $(seq 200); do sleep 60 & done 2> /dev/null; disown -a", timeout=1)
    assert (await box.run("echo alive", timeout=10)).stdout == "alive\n"


async def test_one_file_cannot_pass_the_disk_limit(opener: Opener, box: Sandbox) -> None:
    result = await box.run("head -c 600M /dev/zero > fill", timeout=30)
    assert result.exit_code != 0
    size = (await box.run("stat -c %s fill", timeout=10)).stdout
    assert int(size) <= 512 << 20


@pytest.mark.parametrize("backend", ISOLATED)
async def test_many_files_cannot_pass_the_disk_limit(opener: Opener, backend: str) -> None:
    box = await opener(backend, disk_mb=64)
    result = await box.run(
        "for i in $(seq 100); do head -c 5M /dev/zero > f$i; sleep 0.02; done", timeout=30
    )
    assert result.exit_code == -9
    assert any("its limit is 64" in note for note in result.notes)


HIDE = {
    "without rights": "mkdir d$i; head -c 5M /dev/zero > d$i/f; chmod 0 d$i",
    "too deep": "n=$(printf %0200d 0); mkdir $n; cd $n; head -c 5M /dev/zero > f",
}


@pytest.mark.parametrize("how", HIDE)
async def test_hidden_files_cannot_pass_the_disk_limit(cell: Sandbox, how: str) -> None:
    loop = f"for i in $(seq 200); do {HIDE[how]}; sleep 0.02; done"
    result = await cell.run(loop, timeout=30)
    assert (result.exit_code, "its limit is 512" in " ".join(result.notes)) == (-9, True)


@pytest.mark.parametrize("backend", ISOLATED)
async def test_nor_can_a_process_in_the_background(opener: Opener, backend: str) -> None:
    box = await opener(backend, disk_mb=64)
    fill = "for i in $(seq 100); do head -c 5M /dev/zero > f$i; sleep 0.02; done"
    await box.run(f"({fill}) &", timeout=5)
    await asyncio.sleep(3.5)
    result = await box.run("ls f* | wc -l", timeout=5)
    assert any("processes in the background were killed" in note for note in result.notes)
    assert int(result.stdout) < 100


async def test_a_stranger_to_the_workspace_is_refused(cell: Sandbox, base: Base) -> None:
    with pytest.raises(SandboxError):
        await cell.restore("0" * 40)
    assert await cell.checkpoint(base.tree) is None
