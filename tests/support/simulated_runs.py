"""Runs of simulated outcomes as they lie on disk: events in the journal, trees in repositories.

Written without git or a model, because thousands are made.
"""

import hashlib
import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentcli.compare.outcome import Outcome
from agentcli.ids import parent_agent_id
from agentcli.journal.events import (
    AgentEnded,
    AgentStarted,
    AnyBody,
    Brief,
    Event,
    ModelReplied,
    RunEnded,
    RunStarted,
    Usage,
)
from agentcli.journal.store import Journal
from agentcli.runs.places import run_dir
from agentcli.workspace.git import store_git
from agentcli.workspace.snapshot import BASE

_LINES = 40  # of the file that each run changes


def record(outcomes: Sequence[Outcome], journal: Journal, scratch: Path) -> None:
    """Put them where runs are kept; each changes one file in a way of its own."""
    template = scratch / "template.git"
    template.mkdir(parents=True)
    store_git(template).run("init", "--quiet", "--bare", "--template=", str(template))
    before = _tree(template, "before")
    for outcome in outcomes:
        assert outcome.run_id is not None
        home = run_dir(outcome.run_id)
        shutil.copytree(template, home / BASE, copy_function=os.link)
        shutil.copytree(template, home / "run.git", copy_function=os.link)
        after = _tree(home / "run.git", outcome.run_id)
        journal.import_run(_events(outcome, before, after))


def _tree(repository: Path, word: str) -> str:
    lines = [f"line {n}" + (f" {word}" if n % 8 == 0 else "") for n in range(_LINES)]
    blob = _put(repository, b"blob", "\n".join(lines).encode())
    return _put(repository, b"tree", b"100644 program.py\0" + bytes.fromhex(blob))


def _put(repository: Path, kind: bytes, body: bytes) -> str:
    data = b"%s %d\0%s" % (kind, len(body), body)
    name = hashlib.sha1(data).hexdigest()
    file = repository / "objects" / name[:2] / name[2:]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(zlib.compress(data, 1))
    return name


def _events(outcome: Outcome, before: str, after: str) -> Iterator[Event]:
    bodies = _bodies(outcome, before, after)
    for seq, (agent, body) in enumerate(bodies, start=1):
        yield Event(
            run_id=outcome.run_id or "",
            seq=seq,
            at=1e9 + seq,
            agent_id=agent,
            parent_id=parent_agent_id(agent),
            body=body,
        )


def _bodies(outcome: Outcome, before: str, after: str) -> Iterator[tuple[str, AnyBody]]:
    yield (
        "",
        RunStarted(
            version="0",
            task=outcome.task,
            repo="/r",
            head=None,
            branch=None,
            base_commit="c" * 40,
            base_tree=before,
            mode="solo",
            models={"coder": "m"},
            test="true",
            settings={},
            seed=outcome.seed,
        ),
    )
    brief = Brief(goal=f"Do {outcome.task}")
    started = AgentStarted(
        role="coder",
        model="m",
        reply_format="native",
        window=8000,
        depth=0,
        brief=brief,
        base_tree=before,
    )
    for agent in ("1", *(f"1.{n}" for n in range(1, outcome.agents))):
        yield agent, started
        for step in range(1, 1 + outcome.steps // outcome.agents):
            yield agent, _reply(step)
        yield agent, AgentEnded(status="done")
    yield "", RunEnded(status="verified", reason="", exit_code=0, tree=after)


def _reply(step: int) -> ModelReplied:
    return ModelReplied(
        step=step,
        model="m",
        text="I look at it. " * 20,
        finish_reason="stop",
        usage=Usage(input=1000, output=100),
        cost=0.001,
        seconds=1.0,
    )
