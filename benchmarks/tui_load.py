"""The terminal application under load: many events at once, and a long run.

    python benchmarks/tui_load.py --seconds 20

Real processes on a pseudo-terminal of 120x40. Latency: another process holds a run and writes 1,000
events a second of 12 agents into the journal, while keys are typed into the line for messages; it
is the time from each key to its character on the terminal. Opening: `/open` of a finished run of
50,000 events, from Enter to its agents on the board.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from tui import drain, memory, opened, until

from agentcli.journal.events import (
    AgentStarted,
    AnyBody,
    Brief,
    Call,
    Event,
    ModelReplied,
    RunEnded,
    RunStarted,
    ToolReturned,
    Usage,
)
from agentcli.journal.store import Journal
from agentcli.runs.places import run_lock

_AGENTS, _RATE, _LONG = 12, 1000, 50_000
_SIGN = "1.3 coder"  # on the board, whose end is out of sight
_EVERY = 0.15  # seconds between two keys
_CHARACTERS = range(0x4E00, 0x9FFF)  # each is typed once, so that its echo can't be mistaken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        _write()
        return
    print(f"load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        _long_run(state)
        _latency(state, given.seconds)


def _latency(state: str, seconds: float) -> None:
    writer = subprocess.Popen([sys.executable, __file__, "--write"])
    try:
        with opened(state) as (terminal, process):
            _open(terminal, "busy", _SIGN)
            os.write(terminal, b"m")
            drain(terminal, 1.0)
            taken = []
            end = time.monotonic() + seconds
            for character in map(chr, _CHARACTERS):
                if time.monotonic() > end:
                    break
                typed = time.monotonic()
                os.write(terminal, character.encode())
                taken.append((until(terminal, character.encode()) - typed) * 1000)
                drain(terminal, _EVERY)
            cuts = statistics.quantiles(taken, n=20)
            print(f"key to screen, ms      {cuts[9]:.0f} median, {cuts[18]:.0f} 95th percentile")
            print(f"memory under load, MB  {memory(process.pid):.0f}, {len(taken)} keys")
    finally:
        writer.kill()
        writer.wait()


def _long_run(state: str) -> None:
    with Journal() as journal:
        journal.import_run(_finished("long"))
    with opened(state) as (terminal, process):
        seconds = _open(terminal, "long", _SIGN)
        drain(terminal, 1.0)
        print(f"open {_LONG:,} events, s    {seconds:.2f}")
        print(f"memory with it, MB     {memory(process.pid):.0f}")


def _open(terminal: int, run: str, sign: str) -> float:
    """Open a run; seconds until the sign is on the terminal."""
    until(terminal, b"recursive")
    drain(terminal, 2.0)
    os.write(terminal, f"/open {run}".encode())
    drain(terminal, 1.0)
    os.write(terminal, b"\x1b")  # closes the list of offers
    drain(terminal, 0.5)
    began = time.monotonic()
    os.write(terminal, b"\r")
    return until(terminal, sign.encode()) - began


def _write() -> None:
    """Be the process that works on a run: 1,000 events a second until killed."""
    with Journal() as journal, run_lock("busy"):
        for body, agent in _beginning():
            journal.append("busy", agent, body)
        acts = _acts()
        due = time.monotonic()
        while True:
            for _ in range(_RATE // 50):
                body, agent = next(acts)
                journal.append("busy", agent, body)
            due += 1 / 50
            time.sleep(max(0.0, due - time.monotonic()))


def _finished(run_id: str) -> Iterator[Event]:
    bodies = list(_beginning())
    acts = _acts()
    bodies += [next(acts) for _ in range(_LONG - len(bodies) - 1)]
    bodies.append((RunEnded(status="finished", reason="done", exit_code=0), ""))
    for seq, (body, agent) in enumerate(bodies, start=1):
        parent = agent.rpartition(".")[0] or None
        yield Event(
            run_id=run_id, seq=seq, at=1e9 + seq, agent_id=agent, parent_id=parent, body=body
        )


def _beginning() -> Iterator[tuple[AnyBody, str]]:
    tree = "0" * 40
    common: dict[str, Any] = {"model": "m", "reply_format": "native", "window": 8192, "depth": 0}
    yield (
        RunStarted(
            version="0",
            task="a task",
            repo="/",
            head=None,
            branch=None,
            base_commit=tree,
            base_tree=tree,
            mode="swarm",
            models={"coder": "m"},
            test=None,
            settings={"max_tokens": 5_000_000},
            seed=0,
        ),
        "",
    )
    brief = Brief(goal="a part of it")
    yield AgentStarted(role="planner", brief=brief, base_tree=tree, **common), "1"
    for number in range(1, _AGENTS + 1):
        yield AgentStarted(role="coder", brief=brief, base_tree=tree, **common), f"1.{number}"


def _acts() -> Iterator[tuple[AnyBody, str]]:
    step = 0
    usage = Usage(input=900, output=60)
    while True:
        step += 1
        for number in range(1, _AGENTS + 1):
            agent = f"1.{number}"
            reply = ModelReplied(
                step=step,
                model="m",
                text=f"I look at **part {step}** and run its tests.",
                finish_reason="stop",
                usage=usage,
                cost=0.001,
                seconds=1.0,
            )
            yield reply, agent
            call = Call(id=str(step), name="bash", arguments={"command": f"pytest -k part{step}"})
            yield ToolReturned(call=call, ok=True, output="1 passed\n" * 20), agent


if __name__ == "__main__":
    main()
