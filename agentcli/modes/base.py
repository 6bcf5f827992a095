"""What a mode is, and what it is given to work with.

A mode is one file in this package: a class with a `name`, a one-line `about` and `run`,
decorated with `@register`. Nothing else has to know it.
"""

import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import agentcli.modes
from agentcli.agents.budget import Budget
from agentcli.agents.inbox import Post
from agentcli.agents.loop import OnText
from agentcli.agents.workspace import Workspace
from agentcli.codemap.map import Codemap
from agentcli.delegation.gates.base import Nobody, Person
from agentcli.delegation.judging import Verdicts
from agentcli.errors import UsageFault
from agentcli.journal.events import Brief, Result
from agentcli.journal.stream import Streams
from agentcli.models.base import Model
from agentcli.models.formats import Format
from agentcli.settings import Settings


class Cast(Protocol):
    """Which model plays which agent: live ones by role, or a recording by agent."""

    async def play(
        self, agent_id: str, role: str, model_name: str | None = None
    ) -> tuple[Model, Format]:
        """The model and reply format of an agent; `model_name` when it has one of its own."""


class OpenWorkspace(Protocol):
    """Makes another line of work beside the run's own."""

    def __call__(self, name: str, *, tree: str, commit: str) -> Workspace:
        """A workspace of its own, with `tree` in it and `commit` as head. The caller closes it."""


@dataclass(frozen=True)
class RunContext:
    """One run, ready for its mode. `verdicts` is None when the run has no test command."""

    run_id: str
    settings: Settings
    brief: Brief
    constraints: str  # the repository's AGENTS.md files
    streams: Streams
    budget: Budget
    codemap: Codemap
    cast: Cast
    open_workspace: OpenWorkspace
    verdicts: Verdicts | None = None
    person: Person = field(default_factory=Nobody)
    post: Post = field(default_factory=Post)
    on_text: OnText | None = None


class Mode(Protocol):
    """How agents are composed."""

    name: str
    about: str

    async def run(self, context: RunContext, workspace: Workspace) -> Result:
        """Work on the brief in the given workspace, whose tree and head are the outcome."""


M = TypeVar("M", bound=type)
_REGISTRY: dict[str, Mode] = {}  # filled once, by the imports in `modes()`


def register(mode: M) -> M:
    """Class decorator: make a mode known by its name."""
    instance: Mode = mode()
    _REGISTRY[instance.name] = instance
    return mode


def modes() -> dict[str, Mode]:
    """All modes of this package, by name."""
    for module in pkgutil.iter_modules(agentcli.modes.__path__):
        importlib.import_module(f"agentcli.modes.{module.name}")
    return dict(_REGISTRY)


def find_mode(name: str) -> Mode:
    """The mode of that name. Raises UsageFault with the names there are."""
    known = modes()
    if name not in known:
        raise UsageFault(f"No mode {name!r}.", f"There are: {', '.join(sorted(known))}.")
    return known[name]
