"""Runs that this process carries out, each in a thread with an event loop of its own.

So a screen is painted on time whatever a run does. What a run does is read from the journal;
a `Work` only holds what is not on record: words as they stream in, and why it could not begin.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from agentcli.errors import AgentcliError

if TYPE_CHECKING:  # seconds of imports, done in the thread that needs them
    from agentcli.delegation.gates.base import Person
    from agentcli.journal.events import Event, RunEnded
    from agentcli.journal.store import Journal
    from agentcli.runs.start import Order
    from agentcli.sandbox.select import Name

_LETTING_GO = 10.0  # seconds from a run's recorded end until its thread is done
_SHOWN = 4000  # characters of a reply that are kept while it streams in

Make = Callable[["Journal", "Work"], Coroutine[Any, Any, "RunEnded"]]


class Work:
    """One run at work. `fault` is the line for the person when it could not be carried out."""

    def __init__(
        self, make: Make, on_over: "Callable[[Work], None]", run_id: str = "", task: str = ""
    ) -> None:
        self.run_id = run_id
        self.began = time.monotonic()
        self.task = task
        self.said = "getting ready"
        self.fault: str | None = None
        self.writing: dict[str, str] = {}  # agent → the reply that streams in
        self._make = make
        self._on_over = on_over
        self._loop: asyncio.AbstractEventLoop | None = None
        self._carrying: asyncio.Task[RunEnded] | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="run", daemon=True)

    def begin(self) -> "Work":
        self._thread.start()
        return self

    @property
    def over(self) -> bool:
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Stop it: what stands is landed and recorded. Safe to call at any time."""
        self._stopped = True
        if self._loop is not None and self._carrying is not None and not self.over:
            self._loop.call_soon_threadsafe(self._carrying.cancel)

    def wait(self, seconds: float) -> bool:
        """Whether it was over within this time."""
        self._thread.join(seconds)
        return self.over

    def on_text(self, agent_id: str, piece: str) -> None:
        self.writing[agent_id] = (self.writing.get(agent_id, "") + piece)[-_SHOWN:]

    def on_progress(self, line: str) -> None:
        self.said = line

    def _on_event(self, event: "Event") -> None:
        self.run_id = event.run_id
        self.writing.pop(event.agent_id, None)

    def _run(self) -> None:
        try:
            asyncio.run(self._carry_out())
        except asyncio.CancelledError:
            self.fault = "Stopped before it began."
        except AgentcliError as error:
            self.fault = str(error)
        except Exception as error:  # noqa: BLE001 - the application outlives any run, and says why
            self.fault = f"{type(error).__name__}: {error}"
        self._on_over(self)

    async def _carry_out(self) -> None:
        from agentcli.journal.store import Journal

        self._loop, self._carrying = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopped:
            raise asyncio.CancelledError
        with Journal() as journal:
            journal.subscribe(self._on_event)
            await self._make(journal, self)


class Works:
    """All runs of this process, by the newest first. `on_over` is called in a run's own thread."""

    def __init__(self, person: "Person", on_over: Callable[[Work], None]) -> None:
        self._person = person
        self._on_over = on_over
        self._all: list[Work] = []

    def start(self, order: "Order") -> Work:
        """Begin a new run."""

        async def make(journal: "Journal", work: Work) -> "RunEnded":
            from agentcli.runs.start import start

            return await start(order, journal, work.on_text, work.on_progress, self._person)

        return self._add(Work(make, self._on_over, task=order.task))

    def resume(self, run_id: str) -> Work:
        """Go on with a run that was stopped, or killed; as soon as it has been let go of."""
        before = self.of(run_id)

        async def make(journal: "Journal", work: Work) -> "RunEnded":
            from agentcli.runs.resume import resume

            if before is not None:
                await asyncio.to_thread(before.wait, _LETTING_GO)
            return await resume(run_id, journal, {}, work.on_text, work.on_progress, self._person)

        return self._add(Work(make, self._on_over, run_id=run_id))

    def fork(self, run_id: str, step: int | None, agent: str) -> Work:
        """Take a run another way from a step of an agent on, as a new run."""

        async def make(journal: "Journal", work: Work) -> "RunEnded":
            from agentcli.runs.fork import fork
            from agentcli.runs.resume import resume

            new_id = fork(run_id, journal, step, agent)  # nothing else works in this thread
            return await resume(new_id, journal, {}, work.on_text, work.on_progress, self._person)

        return self._add(Work(make, self._on_over))

    def replay(self, run_id: str, sandbox: "Name") -> Work:
        """Run a run's recorded replies again in a sandbox, as a new run."""

        async def make(journal: "Journal", work: Work) -> "RunEnded":
            from agentcli.runs.replay import replay_run

            return (await replay_run(run_id, journal, sandbox, work.on_progress)).ended

        return self._add(Work(make, self._on_over))

    def of(self, run_id: str) -> Work | None:
        """The work at a run, if this process is at it."""
        return next((w for w in self._all if w.run_id == run_id and not w.over), None)

    @property
    def going_on(self) -> list[Work]:
        return [work for work in self._all if not work.over]

    def stop_all(self, seconds: float) -> None:
        """Stop every run and wait until each has landed what stands, together this long."""
        end = time.monotonic() + seconds
        for work in self.going_on:
            work.stop()
        for work in self.going_on:
            work.wait(max(0.0, end - time.monotonic()))

    def _add(self, work: Work) -> Work:
        self._all.insert(0, work)
        return work.begin()
