"""A swarm's plan and how far each of its items is, folded from events."""

from dataclasses import dataclass, field

from agentcli.journal.events import (
    Delegated,
    DelegationClosed,
    Event,
    LeaseLost,
    MergeConflicted,
    Merged,
    Planned,
    ProposalAccepted,
    Submitted,
)


@dataclass
class ItemView:
    """One item of the plan. `state` is a word for people; `agent` works on it, or did last."""

    name: str
    goal: str
    after: tuple[str, ...] = ()
    state: str = "waits"
    agent: str | None = None


@dataclass
class PlanView:
    """The items by name, in merge order. Empty where nobody made a plan."""

    items: dict[str, ItemView] = field(default_factory=dict)
    _by_agent: dict[str, ItemView] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        match event.body:
            case Planned() as planned:
                for name in planned.dropped:
                    self.items.pop(name, None)
                for item in planned.items:
                    self.items[item.name] = ItemView(item.name, item.brief.goal, item.after)
            case Delegated(item=str(name)) as begun if name in self.items:
                item_view = self._by_agent[begun.delegation] = self.items[name]
                item_view.agent, item_view.state = begun.delegation, "at work"
            case Submitted():
                self._turn(event.agent_id, "submitted")
            case ProposalAccepted() as body:
                self._turn(body.delegation, "accepted")
            case MergeConflicted() as body:
                self._turn(body.delegation, "in conflict")
            case Merged() as body:
                self._turn(body.delegation, "merged")
            case LeaseLost() as body:
                self._turn(body.delegation, "lost")
            case DelegationClosed() as body:
                end = body.end or ("rolled_back" if body.rolled_back else "integrated")
                self._turn(body.delegation, end.replace("_", " "))
            case _:
                pass

    def _turn(self, agent: str, state: str) -> None:
        item = self._by_agent.get(agent)
        if item is not None and item.agent == agent:  # else another coder has it by now
            item.state = state
