"""A plan: briefs in merge order, each after those that it builds on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agentcli.agents.scope import covers
from agentcli.journal.events import PlanItem, Planned


class PlanFault(Exception):
    """The plan can't be carried out; the message says to the planner what to change."""


class ScopeFault(PlanFault):
    """A brief reaches for files that the policy keeps for another coder, or for all files."""


@dataclass
class Plan:
    """What is to be done, folded from `Planned` events."""

    items: dict[str, PlanItem] = field(default_factory=dict)  # by name, in merge order

    def apply(self, planned: Planned) -> None:
        """Take in a plan or a change of it."""
        for name in planned.dropped:
            self.items.pop(name, None)
        for item in planned.items:
            self.items[item.name] = item

    def ready(self, settled: Mapping[str, bool]) -> list[PlanItem]:
        """Items that can begin: not settled, and all that they build on has landed.

        `settled` holds the names that are over: True when the work landed.
        """
        return [
            item
            for item in self.items.values()
            if item.name not in settled and all(settled.get(name) for name in item.after)
        ]

    def blocked(self, settled: Mapping[str, bool]) -> list[PlanItem]:
        """Items that can never begin, because something that they build on did not land."""
        return [
            item
            for item in self.items.values()
            if item.name not in settled and any(settled.get(n) is False for n in item.after)
        ]

    def before(self, name: str) -> list[str]:
        """The names that are merged earlier."""
        names = list(self.items)
        return names[: names.index(name)]


def check_plan(
    new: Sequence[PlanItem], standing: Iterable[PlanItem], *, scoped: bool = False
) -> None:
    """Raise PlanFault for what can't work: doubled or unknown names, an order that is none.

    `scoped`: each brief must name its paths, and no two may overlap.
    """
    known = {item.name: item for item in standing}
    for item in new:
        if item.name in known:
            raise PlanFault(f"There are two briefs named {item.name!r}. Give each its own name.")
        for name in item.after:
            if name not in known:
                raise PlanFault(
                    f"{item.name!r} comes after {name!r}, which is not before it in the plan. "
                    "List the briefs in the order in which they are to be merged."
                )
        if scoped:
            _check_scope(item, known.values())
        known[item.name] = item


def _check_scope(item: PlanItem, others: Iterable[PlanItem]) -> None:
    if not item.brief.paths:
        raise ScopeFault(f"{item.name!r} needs `paths`: each coder has files of its own.")
    for other in others:
        for path in item.brief.paths:
            if any(_overlap(path, theirs) for theirs in other.brief.paths):
                raise ScopeFault(
                    f"{path} of {item.name!r} belongs to {other.name!r}. "
                    "Each coder has files of its own."
                )


def _overlap(a: str, b: str) -> bool:
    return covers(a, b) or covers(b, a) or (_root(a).startswith(_root(b)) and "*" in a + b)


def _root(pattern: str) -> str:
    """The part of a glob before its first wildcard."""
    return pattern.partition("*")[0]
