"""A command gives its outputs and its exit code, and never more than it was allowed."""

import asyncio
import random
import time

import pytest

from agentcli.sandbox.base import Sandbox, SandboxError
from tests.sandbox.conftest import Base


async def test_outputs_and_exit_code_are_told_apart(box: Sandbox) -> None:
    result = await box.run("echo out; echo err >&2; exit 3", timeout=10)
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
    assert (result.stdout_size, result.stderr_size, result.timed_out) == (4, 4, False)


async def test_a_command_starts_in_the_folder_it_is_told(box: Sandbox) -> None:
    assert (await box.run("ls", timeout=10, cwd="src")).stdout == "app.py\ntest_app.py\n"
    assert (await box.run("echo $GREETING", timeout=10, env={"GREETING": "hi"})).stdout == "hi\n"
    with pytest.raises(SandboxError, match="no such"):
        await box.run("ls", timeout=10, cwd="nowhere")
    with pytest.raises(SandboxError, match="outside"):
        await box.run("ls", timeout=10, cwd="../..")


async def test_a_command_that_reads_input_gets_none(box: Sandbox) -> None:
    result = await box.run("cat; read line; echo read=$?", timeout=10)
    assert (result.stdout, result.seconds < 5) == ("read=1\n", True)


async def test_a_signal_is_an_exit_code(box: Sandbox) -> None:
    result = await box.run("kill -9 $$", timeout=10)
    assert result.exit_code == -9


async def test_huge_output_keeps_head_tail_and_full_size(box: Sandbox) -> None:
    result = await box.run("echo first; yes 12345678 | head -c 50000000; echo last", timeout=30)
    assert result.stdout_size == 50_000_011
    assert len(result.stdout) < 200_000
    assert result.stdout.startswith("first\n12345678\n")
    assert result.stdout.endswith("last\n")
    assert "bytes left out" in result.stdout


async def test_output_that_is_not_text_is_replaced(box: Sandbox) -> None:
    result = await box.run(r"printf 'a\xff\xfeb'", timeout=10)
    assert (result.stdout, result.stdout_size) == ("a��b", 4)


@pytest.fixture
def nap() -> str:
    """A command line that no other test on this machine has."""
    return f"sleep {random.randint(1000, 10**8)}"


ESCAPES = {
    "child": "SLEEP",
    "setsid": "setsid SLEEP & SLEEP",
    "double fork": "(setsid sh -c 'SLEEP & SLEEP &' &) ; SLEEP",
    "ignores signals": "trap '' TERM HUP INT; SLEEP; SLEEP",
}


@pytest.mark.parametrize("command", ESCAPES.values(), ids=ESCAPES)
async def test_the_time_limit_kills_all_that_was_started(
    box: Sandbox, nap: str, command: str
) -> None:
    result = await box.run(f"echo begun; {command.replace('SLEEP', nap)}", timeout=0.4)
    assert result.timed_out
    assert result.stdout == "begun\n"
    assert result.seconds < 5
    assert await _running(box, nap) == 0


async def test_a_background_process_does_not_delay_the_command(box: Sandbox, nap: str) -> None:
    result = await box.run(f"{nap} & echo started", timeout=10)
    assert (result.exit_code, result.stdout) == (0, "started\n")
    assert result.seconds < 2
    assert any("1 process still runs" in note for note in result.notes)
    assert await _running(box, nap) == 1


async def test_a_background_process_can_go_on_writing(box: Sandbox) -> None:
    await box.run("(sleep 0.3; echo late; echo done > mark) &", timeout=10)
    await asyncio.sleep(0.6)
    assert (await box.run("cat mark", timeout=10)).stdout == "done\n"


async def test_a_cancelled_command_is_killed_and_the_sandbox_lives(box: Sandbox, nap: str) -> None:
    task = asyncio.create_task(box.run(f"setsid {nap} & {nap}", timeout=60))
    await asyncio.sleep(0.3)
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 5
    assert await _running(box, nap) == 0


async def test_a_command_cancelled_at_any_moment_leaves_the_sandbox_in_step(box: Sandbox) -> None:
    started = time.monotonic()
    for turns in range(12):
        task = asyncio.create_task(box.run("sleep 60", timeout=60))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await box.run("echo fine", timeout=10)).stdout == "fine\n"
    assert time.monotonic() - started < 8


async def test_commands_can_be_asked_for_side_by_side(box: Sandbox) -> None:
    results = await asyncio.gather(*(box.run(f"echo {n}", timeout=10) for n in range(5)))
    assert [result.stdout for result in results] == [f"{n}\n" for n in range(5)]


async def test_the_environment_suits_programs_without_a_person(box: Sandbox) -> None:
    names = ("PYTHONDONTWRITEBYTECODE", "GIT_TERMINAL_PROMPT", "PAGER", "CI")
    result = await box.run(" ".join(f"echo ${name};" for name in names), timeout=10)
    assert result.stdout.split() == ["1", "0", "cat", "1"]


async def test_keys_never_reach_a_command(a_key: None, box: Sandbox) -> None:
    result = await box.run("env", timeout=10)
    assert "AGENTCLI_TEST_API_KEY" not in result.stdout


@pytest.fixture
def a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCLI_TEST_API_KEY", "sk-not-for-commands")


CHANGES = {
    "true": False,
    "cat README.md > /dev/null": False,
    "mkdir -p ignored && true": False,
    "echo more >> README.md": True,
    "touch new": True,
    "rm src/app.py": True,
    "chmod +x README.md": True,
    "ln -sf crlf.txt link.md": True,
    "git status; git log > /dev/null": False,
}


@pytest.mark.parametrize(("command", "changed"), CHANGES.items())
async def test_a_changed_workspace_is_noticed(box: Sandbox, command: str, changed: bool) -> None:
    assert (await box.run(command, timeout=10)).changed is changed
    assert (await box.run("true", timeout=10)).changed is False


async def test_own_writes_are_not_a_commands_change(box: Sandbox) -> None:
    await box.write("src/new.py", b"x = 1\n")
    assert (await box.run("true", timeout=10)).changed is False


async def test_ignored_files_are_not_a_change_once_git_has_said_so(
    box: Sandbox, base: Base
) -> None:
    await box.run("mkdir ignored; echo 1 > ignored/a; echo 1 > a.log", timeout=10)
    assert await box.checkpoint(base.tree) is None
    assert (await box.run("echo 2 > ignored/b; echo 2 >> a.log", timeout=10)).changed is False


async def _running(box: Sandbox, command: str) -> int:
    """How many processes with this command line the sandbox can see."""
    script = (
        "import glob; want = " + repr(command.replace(" ", "\0") + "\0") + "; found = 0\n"
        "for name in glob.glob('/proc/[0-9]*/cmdline'):\n"
        "    try: found += open(name).read() == want\n"
        "    except OSError: pass\n"
        "print(found)"
    )
    await box.write(".count.py", script.encode())
    result = await box.run("python3 .count.py; rm .count.py", timeout=10)
    return int(result.stdout)
