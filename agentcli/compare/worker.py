"""`python -m agentcli.compare.worker`: one more process on a study, for more than one core.

Its first line of input says what to do. It ends with the study, or stops and keeps everything
when its input ends, which the death of its parent brings about.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from agentcli.compare.campaign import Campaign, Rules
from agentcli.compare.executor import Local
from agentcli.compare.study import load_study
from agentcli.journal.store import Journal
from agentcli.settings import Settings


class Assignment(BaseModel):
    """What a worker is to do: its share of the places of a study."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    base: Settings
    places: int
    rules: Rules


@asynccontextmanager
async def workers(assignments: Sequence[Assignment]) -> AsyncIterator[None]:
    """More processes beside the block. It ends when they have ended; if it fails, they stop."""
    processes = [await _start(one) for one in assignments]
    try:
        yield
    except BaseException:
        for process in processes:
            _let_go(process)
        raise
    finally:
        for process in processes:
            await process.wait()
            _let_go(process)


async def _start(assignment: Assignment) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agentcli.compare.worker"),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us; a worker stops when its input ends
    )
    assert process.stdin is not None
    process.stdin.write(assignment.model_dump_json().encode() + b"\n")
    return process


def _let_go(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()


async def _work() -> None:
    orders = await _standard_input()
    assignment = Assignment.model_validate_json(await orders.readline())
    study = load_study(assignment.folder, assignment.base)
    with Journal() as journal, study.store() as store:
        local = Local(study, journal, assignment.places)
        campaign = Campaign(study, store, journal, local, assignment.rules, _tell)
        work = asyncio.create_task(campaign.run())
        ended = asyncio.create_task(orders.read())
        await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not work.done():
            work.cancel()
        await asyncio.wait({work})
        if not work.cancelled():
            work.result()


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 24)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    return reader


def _tell(line: str) -> None:
    print(f"agentcli: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    asyncio.run(_work())
