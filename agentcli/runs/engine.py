"""Carry a run from its snapshot to its verdict, whatever happens on the way.

New, resumed and replayed runs take this same path; they differ in what the journal already
holds and in who speaks for the models. What stands is always landed as a branch, also after a
limit, a fault or Ctrl-C, and every end is recorded.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentcli.agents.budget import Budget, Caps
from agentcli.agents.inbox import Post
from agentcli.agents.loop import OnText
from agentcli.agents.workspace import Workspace, sandbox_spec
from agentcli.codemap.map import Codemap
from agentcli.delegation.gates.base import Nobody, Person
from agentcli.delegation.judging import Verdicts
from agentcli.errors import AgentcliError, ExitCode, LimitReached
from agentcli.ids import ROOT_AGENT, RUN_STREAM
from agentcli.journal.events import (
    Brief,
    Event,
    Landed,
    LimitHit,
    Result,
    RunEnded,
    RunStarted,
    RunStatus,
    SandboxOpened,
    Verified,
)
from agentcli.journal.store import Journal
from agentcli.journal.stream import Stream, Streams
from agentcli.modes.base import Cast, RunContext, find_mode
from agentcli.runs.ledger import keep_ledger
from agentcli.runs.mail import PersonMail
from agentcli.runs.trailer import override_trailer
from agentcli.sandbox.base import Backend, Sandbox, SandboxSpec
from agentcli.settings import Settings
from agentcli.tasks.verifier import Verifier, run_setup
from agentcli.workspace.agents_files import read_agents_md
from agentcli.workspace.land import export_branch
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class Job:
    """One run, ready to be carried out. `past` are its effective recorded events, if any."""

    run_id: str
    started: RunStarted
    settings: Settings
    store: RunStore
    backend: Backend
    past: Sequence[Event] = ()
    spent_seconds: float = 0.0  # of earlier sessions


@dataclass(frozen=True)
class Ending:
    """Why the work stopped, before the verdict is in."""

    status: RunStatus
    reason: str
    exit_code: ExitCode
    judged: bool  # whether the verifier still has a say


class Run:
    """A run at work. Make it, `carry_out` once."""

    def __init__(
        self,
        job: Job,
        journal: Journal,
        cast: Cast,
        on_text: OnText | None = None,
        person: Person | None = None,
    ) -> None:
        self._job = job
        self._journal = journal
        self._person = person or Nobody()
        self._cast = cast
        self._on_text = on_text
        self._streams = Streams(journal, job.run_id, job.past)
        self._log: Stream = self._streams.open(RUN_STREAM)
        self._budget = Budget(Caps.of_run(job.settings), elapsed=job.spent_seconds)
        self._spec = sandbox_spec(job.store, job.settings, ROOT_AGENT)
        self._verdicts = run_verdicts(job)
        self._post = Post()
        self._workspace = self._make_workspace(self._spec)

    async def carry_out(self) -> RunEnded:
        """Work, verify, land. Never raises for what a run can meet; the end says what it was."""
        self._log.record(self._job.started)
        ending = await self._work()
        await self._workspace.close()
        verdict = await self._verify(ending)
        landed = await self._land()
        await self._keep_ledger(ending)
        ended = _conclude(ending, verdict, landed, self._workspace.tree)
        self._log.record(ended)
        return ended

    async def _work(self) -> Ending:
        if not self._job.past:
            self._workspace.prefetch()
        try:
            async with asyncio.timeout(self._budget.time_left()) as limit:
                result = await self._run_mode()
        except TimeoutError:
            if not limit.expired():
                raise
            return self._out_of_time()
        except LimitReached as reached:
            return Ending("limit", str(reached), ExitCode.LIMIT, judged=True)
        except AgentcliError as fault:
            return Ending("infra", str(fault), fault.exit_code, judged=False)
        except asyncio.CancelledError:
            _forgive_cancellation()
            return Ending("interrupted", "Interrupted.", ExitCode.INTERRUPTED, judged=False)
        return _worked(result)

    async def _run_mode(self) -> Result:
        job = self._job
        guidance = await asyncio.to_thread(read_agents_md, job.store, job.started.base_tree)
        context = RunContext(
            run_id=job.run_id,
            settings=job.settings,
            brief=Brief(goal=job.started.task, check=job.started.agents_check),
            constraints="\n\n".join(f"{one.path}:\n{one.text}" for one in guidance),
            streams=self._streams,
            budget=self._budget,
            codemap=Codemap(),
            cast=self._cast,
            open_workspace=self._open_workspace,
            verdicts=self._agents_verdicts(),
            person=self._person,
            post=self._post,
            on_text=self._on_text,
        )
        mail = PersonMail(job.run_id, self._journal, self._post, job.past)
        watch = asyncio.create_task(mail.watch())
        try:
            return await find_mode(job.started.mode).run(context, self._workspace)
        finally:
            watch.cancel()

    def _agents_verdicts(self) -> Verdicts | None:
        """By what agents may know: a gate's decision must not tell of hidden files."""
        job = self._job
        if job.started.sealed is None:
            return self._verdicts
        return _verdicts(job, job.started.agents_check)

    def _out_of_time(self) -> Ending:
        seconds = self._job.settings.max_time or 0.0
        self._log.record(LimitHit(limit="max_time", value=seconds, scope="run"))
        return Ending("limit", str(LimitReached("max_time", seconds)), ExitCode.LIMIT, judged=True)

    async def _verify(self, ending: Ending) -> Verified | None:
        verdicts = self._verdicts
        if verdicts is None or not ending.judged:
            return None
        return await self._log.perform(Verified, lambda: verdicts.now(self._workspace.tree))

    def _make_workspace(self, spec: SandboxSpec) -> Workspace:
        return Workspace(
            self._job.backend,
            spec,
            self._job.store,
            on_open=self._sandbox_opened,
            prepare=self._prepare,
            sign=self._sign,
        )

    def _open_workspace(self, name: str, *, tree: str, commit: str) -> Workspace:
        workspace = self._make_workspace(replace(self._spec, name=name, tree=tree))
        workspace.head = commit
        return workspace

    async def _land(self) -> Landed | None:
        job, workspace = self._job, self._workspace
        if workspace.tree == job.started.base_tree:
            return None

        async def live() -> Landed:
            trailers = {"Agentcli-Run": job.run_id, "Agentcli-Agent": ROOT_AGENT}
            commit = await workspace.commit(job.started.task, trailers)
            job.store.pin("final", commit)
            branch = await asyncio.to_thread(
                export_branch, job.store, Path(job.started.repo), commit
            )
            changes = job.store.changes(job.started.base_tree, workspace.tree)
            return Landed(commit=commit, branch=branch, changes=changes)

        return await self._log.perform(Landed, live)

    async def _keep_ledger(self, ending: Ending) -> None:
        """Who overrode whom. A run that was cut off goes on or is looked at later."""
        if not ending.judged:
            return
        job = self._job
        try:
            await keep_ledger(self._journal, job.store, self._verdicts, self._budget.time_left())
        except asyncio.CancelledError:
            _forgive_cancellation()  # the work is done and landed; the rest is found later

    def _sandbox_opened(self, sandbox: Sandbox, tree: str, seconds: float) -> None:
        self._log.record(
            SandboxOpened(
                backend=sandbox.backend,
                isolation=sandbox.isolation,
                image=sandbox.image,
                tree=tree,
                seconds=seconds,
            )
        )

    async def _sign(self, agent: str, before: str, after: str) -> Mapping[str, str]:
        return await override_trailer(self._journal, self._job.store, agent, before, after)

    async def _prepare(self, sandbox: Sandbox) -> None:
        settings = self._job.settings
        await run_setup(settings.setup, sandbox, settings.command_timeout)


def run_verdicts(job: Job) -> Verdicts | None:
    """The verifier's verdicts on trees of this run; None without a test command."""
    sealed = job.started.sealed
    return _verdicts(job, job.started.test, sealed.tree if sealed else None)


def _verdicts(job: Job, command: str | None, hidden: str | None = None) -> Verdicts | None:
    if command is None:
        return None
    started, settings = job.started, job.settings
    verifier = Verifier(command, settings.command_timeout, settings.setup, settings.protect, hidden)
    spec = replace(sandbox_spec(job.store, job.settings, ROOT_AGENT), name="verifier")

    async def judge(tree: str) -> Verified:
        placed = replace(spec, tree=tree)
        return await verifier.judge(job.backend, placed, job.store, started.base_tree)

    return Verdicts(judge)


def _worked(result: Result) -> Ending:
    if result.status == "done":
        return Ending("finished", result.summary, ExitCode.OK, judged=True)
    return Ending("failed", result.summary, ExitCode.NOT_VERIFIED, judged=True)


def _conclude(
    ending: Ending, verdict: Verified | None, landed: Landed | None, tree: str
) -> RunEnded:
    status, reason, code = ending.status, ending.reason, ending.exit_code
    if verdict is not None and status in ("finished", "failed"):
        passed = verdict.check.passed
        status = "verified" if passed else "not_verified"
        code = ExitCode.OK if passed else ExitCode.NOT_VERIFIED
    return RunEnded(
        status=status,
        reason=reason,
        exit_code=int(code),
        commit=landed.commit if landed else None,
        tree=tree,
    )


def _forgive_cancellation() -> None:
    """The work was cancelled; what follows (landing, recording) may still finish."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()
