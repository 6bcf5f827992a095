"""The application: it composes screens and runs, and nothing else."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from agentcli.errors import AgentcliError
from agentcli.tui.approvals import Approvals, Wish, application, ways_out
from agentcli.tui.lifeline import Lifeline
from agentcli.tui.person import ScreenPerson
from agentcli.tui.screens.start import StartScreen
from agentcli.tui.work import Work, Works

if TYPE_CHECKING:
    from agentcli.settings import LoadedSettings

_LONG = 20.0  # seconds from which a run's end is worth a bell
_LANDING = 20.0  # seconds that runs get to land what stands when the person quits


class AgentApp(App[None]):
    """agentcli in one repository."""

    TITLE = "agentcli"
    CSS_PATH = [  # noqa: RUF012 - as in the base
        "styles/app.tcss",
        "styles/run.tcss",
        "styles/overrides.tcss",
        "styles/compare.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", "Quit", show=False)]

    def __init__(self, repo: Path) -> None:
        super().__init__()
        self._repo = repo
        self._start = StartScreen(repo)
        self._person = ScreenPerson(self)
        self._approvals = Approvals(self)
        self.works = Works(self._person, self._tell_end)

    def on_mount(self) -> None:
        self._person.arrive()
        if not (self.is_headless or self.is_web):
            Lifeline(self._land).watch()
        self.push_screen(self._start)

    async def may(self, wishes: Sequence[Wish]) -> bool:
        """Whether the person allows it all, now or before. Call it in a worker."""
        try:
            return await self._approvals.given(wishes)
        except AgentcliError as error:
            self.fail(str(error))
            return False

    async def may_go_on(self, run_id: str, sandbox: str | None = None) -> bool:
        """Whether a run on record may do again what it was begun with; `sandbox` is another."""
        from agentcli.tui.handing import settings_of

        try:
            settings = await asyncio.to_thread(settings_of, run_id)
        except AgentcliError as error:
            self.fail(str(error))
            return False
        origins = dict.fromkeys(settings, f"the record of run {run_id}")
        if sandbox is not None:
            settings, origins = settings | {"sandbox": sandbox}, origins | {"sandbox": "settings"}
        return await self.may(ways_out(settings, origins))

    async def may_apply(self, run_id: str) -> bool:
        """Whether a run's result may be written to the working tree."""
        from agentcli.tui.handing import to_apply

        try:
            paths = await asyncio.to_thread(to_apply, run_id)
        except AgentcliError as error:
            self.fail(str(error))
            return False
        return await self.may(application(run_id, paths))

    async def _may_begin(self, task: str, loaded: "LoadedSettings") -> bool:
        """Whether a task may begin; one that may not goes back to where it was typed."""
        allowed = await self.may(ways_out(loaded.settings.model_dump(), loaded.origins))
        if not allowed:
            self.take_back(task)
        return allowed

    @work(group="begin")
    async def start_run(self, task: str, loaded: "LoadedSettings") -> None:
        """Begin a run and show it."""
        from agentcli.runs.start import Order
        from agentcli.tui.screens.run import RunScreen

        if not await self._may_begin(task, loaded):
            return
        working = self.works.start(Order(task, self._repo, loaded.settings))
        self.push_screen(RunScreen(working=working))

    @work(group="begin")
    async def start_both(self, task: str, loaded: "LoadedSettings") -> None:
        """Begin the same task in the chosen mode and in its counterpart, and compare them."""
        from agentcli.runs.start import Order
        from agentcli.tui.screens.compare import CompareScreen

        if not await self._may_begin(task, loaded):
            return
        settings = loaded.settings
        other = "recursive" if settings.mode == "swarm" else "swarm"
        ways = (settings, settings.model_copy(update={"mode": other}))
        orders = [Order(task, self._repo, way) for way in ways]
        works = [self.works.start(order) for order in orders]
        self.push_screen(CompareScreen([order.run_id for order in orders], works))

    @work(group="begin")
    async def resume_run(self, run_id: str) -> None:
        """Go on with a run that was stopped or killed, and show it."""
        if self.works.of(run_id) is None:
            if not await self.may_go_on(run_id):
                return
            self.works.resume(run_id)
        self.open_run(run_id)

    @work(group="begin")
    async def fork_run(self, run_id: str, step: int | None, agent: str) -> None:
        """Take a run another way from a step on, and show the new run."""
        from agentcli.tui.screens.run import RunScreen

        if await self.may_go_on(run_id):
            self.push_screen(RunScreen(working=self.works.fork(run_id, step, agent)))

    @work(group="begin")
    async def replay_run(self, run_id: str) -> None:
        """Replay a run, and show the new one."""
        from agentcli.settings import load_settings, project_root
        from agentcli.tui.screens.run import RunScreen

        try:
            settings = load_settings(project_root(self._repo), {}).settings
        except AgentcliError as error:
            self.fail(str(error))
            return
        if await self.may_go_on(run_id, settings.sandbox):
            self.push_screen(RunScreen(working=self.works.replay(run_id, settings.sandbox)))

    def compare(self, run_ids: Sequence[str]) -> None:
        """Show runs that are on record beside each other."""
        from agentcli.tui.screens.compare import CompareScreen

        self.push_screen(CompareScreen(run_ids))

    def open_run(self, run_id: str) -> None:
        """Show a run that is on record."""
        from agentcli.tui.screens.run import RunScreen

        self.push_screen(RunScreen(run_id, self.works.of(run_id)))

    def open_named(self, name: str) -> None:
        """Show a run by its id, a unique prefix of it, or `last`."""
        from agentcli.journal.store import Journal
        from agentcli.settings import repository_at

        try:
            with Journal() as journal:
                run_id = journal.find_run(name or "last", repository_at(self._repo))
        except AgentcliError as error:
            self.fail(str(error))
        else:
            self.open_run(run_id)

    def choose_theme(self, name: str) -> None:
        """Change the colours; without a name the palette lists them."""
        if not name:
            self.action_change_theme()
        elif name in self.available_themes:
            self.theme = name
        else:
            self.fail(f"There is no theme {name!r}.")

    def take_back(self, task: str) -> None:
        """A task could not begin: it goes back to where it was typed."""
        self._start.take_back(task)

    def fail(self, line: str) -> None:
        """Say in one line what went wrong. Everything stays usable."""
        self.notify(line, severity="error", timeout=12, markup=False)

    def action_runs(self) -> None:
        from agentcli.tui.screens.runs import RunsScreen

        self.push_screen(RunsScreen())

    def action_help(self) -> None:
        from agentcli.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    async def action_quit(self) -> None:
        if self.works.going_on:
            self.notify("Stopping what is at work …")
        self.run_worker(self._leave(), exclusive=True, group="leave")

    async def _leave(self) -> None:
        await asyncio.to_thread(self._land)
        self.exit()

    def _tell_end(self, work: Work) -> None:
        """Ring when a long run ends: who waits for it looks elsewhere. Called in its thread."""
        if time.monotonic() - work.began >= _LONG and self.is_running:
            self.call_later(self.bell)
            self.call_later(self.notify, f"Run {work.run_id} is over.")

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: ours, then Textual's."""
        yield SystemCommand("Runs", "All runs", self.action_runs)
        yield SystemCommand(
            "Last run", "Open the newest run of this repository", lambda: self.open_named("last")
        )
        yield SystemCommand("Help", "Every key", self.action_help)
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot", "Quit"):
                yield command

    def _land(self) -> None:
        self.works.stop_all(_LANDING)
