"""What the widgets of a run are shown: one moment of it."""

from dataclasses import dataclass
from typing import Protocol

from agentcli.tui.record import Record


@dataclass(frozen=True)
class Sight:
    """`agent` is the selected one; `writing` the reply that streams in to it, if this process
    carries the run out; `seconds` how long the run has worked."""

    record: Record
    status: str
    seconds: float
    agent: str
    writing: str = ""

    @property
    def is_live(self) -> bool:
        """Whether somebody works on it."""
        return self.status in ("at work", "starting")


class Part(Protocol):
    """A widget of a run's screen. It draws what differs from the last time."""

    def show(self, sight: Sight) -> None:
        """Bring it up to date."""
        ...
