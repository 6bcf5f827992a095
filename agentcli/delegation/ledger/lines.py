"""What is known of agents and delegations while a run's events come in (see `capture`)."""

from dataclasses import dataclass, field

from agentcli.delegation.ledger.records import Delivery, End, Mark, Step, Work
from agentcli.delegation.policy import Oversight
from agentcli.journal.events import Delegated

BY_PARENT: tuple[End, ...] = ("discarded", "superseded")  # ends that the parent decided


@dataclass
class Line:
    """An agent, what stands in its workspace, and how that came about."""

    tree: str
    base: str
    calls: int = 0  # of its model
    output: int = 0  # tokens
    saying: str = ""  # its last reply, without the blocks in it
    stated: str = ""  # its reason for an act that a gate has just let through
    active: bool = False
    steps: list[Step] = field(default_factory=list)


@dataclass
class Child:
    """A delegation while its events come in."""

    begun: Delegated
    parent: str
    began: int
    base: str
    rebased: str | None = None  # the base of what it writes next
    closed: int | None = None
    end: End = "open"
    reason: str = ""
    summary: str = ""  # its own words at the end
    final: str | None = None
    news: bool = False  # a checkpoint that its parent's model has not been called after
    checkpoints: list[Mark] = field(default_factory=list)
    proposals: list[Mark] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    opportunities: list[int] = field(default_factory=list)

    def add(self, marks: list[Mark], mark: Mark) -> None:
        if self.rebased is not None:
            self.base, self.rebased = self.rebased, None
        marks.append(mark)
        self.news = True

    def is_seen(self, oversight: Oversight) -> bool:
        """Whether a call of the parent's model could see this work just now.

        What was kept stays in sight after the end; what was not is gone.
        """
        if self.closed is not None:
            return self.end == "integrated"
        if oversight == "step" or self.proposals:
            return True
        return oversight == "checkpoint" and self.news

    def work(self, output_tokens: int) -> Work:
        return Work(
            delegation=self.begun.delegation,
            parent=self.parent,
            child=self.begun.delegation,
            base=self.base,
            began=self.began,
            closed=self.closed,
            scope=self.begun.brief.paths,
            checkpoints=tuple(self.checkpoints),
            proposals=tuple(self.proposals),
            deliveries=tuple(self.deliveries),
            opportunities=tuple(self.opportunities),
            end=self.end,
            by_parent=self.end in BY_PARENT,
            reason=self.reason,
            final=self.final,
            output_tokens=output_tokens,
        )
