"""What a parent may do to its children: four independent settings, and their named presets.

A policy holds through the tools that the parent is given and the gate before each override. The
presets stand for ways of working that are in use elsewhere (docs/overrides.md says which).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from pydantic import ValidationError

from agentcli.errors import UsageFault
from agentcli.journal.events import RunStarted
from agentcli.settings import Settings

Oversight = Literal["step", "checkpoint", "proposal"]
Power = Literal["message", "interrupt", "edit", "revert", "discard"]
GateName = Literal["open", "evidence", "vote", "human", "lottery"]
Phase = Literal["always", "before_delegating"]

POWERS: tuple[Power, ...] = get_args(Power)


@dataclass(frozen=True)
class Policy:
    """The settings of one run. `max_overrides` and `override_tokens` are the quota.

    `edits` says how long the edit power lasts: a contract is written before the first
    delegation, and nothing after. `scoped`: each child needs a path scope of its own, which no
    other child's overlaps. `constitution` adds words to the prompt and nothing else.
    """

    name: str
    oversight: Oversight
    powers: frozenset[Power]
    gate: GateName = "open"
    lottery: float = 0.5  # the share of overrides that a lottery gate denies
    judges: int = 3  # of a vote gate
    max_overrides: int | None = None
    override_tokens: int | None = None
    edits: Phase = "always"
    scoped: bool = False
    one_writer: bool = False  # children work one at a time
    constitution: bool = False

    def allows(self, power: Power) -> bool:
        """Whether the parent has a power at any time."""
        return power in self.powers


_ALL: frozenset[Power] = frozenset(POWERS)

PRESETS: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy("free", "step", _ALL),
        Policy("turns", "proposal", _ALL),
        Policy("roles", "proposal", _ALL - {"edit", "revert"}, scoped=True),
        Policy("constitution", "step", _ALL, constitution=True),
        Policy("evidence", "checkpoint", _ALL, gate="evidence"),
        Policy("single-writer", "proposal", frozenset({"message", "interrupt"}), one_writer=True),
        Policy("contract", "proposal", frozenset({"message", "edit"}), edits="before_delegating"),
        Policy("hands-off", "proposal", frozenset({"message"})),
    )
}


def policy_of(settings: Settings) -> Policy:
    """The named preset with what was set besides. Raises UsageFault for what doesn't fit."""
    if settings.policy not in PRESETS:
        raise UsageFault(f"No policy {settings.policy!r}.", f"There are: {', '.join(PRESETS)}.")
    policy = PRESETS[settings.policy]
    given: dict[str, Any] = {
        "oversight": settings.oversight,
        "powers": None if settings.powers is None else frozenset(settings.powers),
        "gate": settings.gate,
        "lottery": settings.override_lottery,
        "judges": settings.judges,
        "max_overrides": settings.max_overrides,
        "override_tokens": settings.override_tokens,
    }
    changed = replace(policy, **{key: value for key, value in given.items() if value is not None})
    _check(changed)
    return changed


def oversight_of(started: RunStarted) -> Oversight:
    """When parents see their children's work in a recorded run.

    Only a swarm's planner is awake while its coders work; elsewhere a parent meets what is done.
    """
    known = {k: v for k, v in started.settings.items() if k in Settings.model_fields}
    try:
        policy = policy_of(Settings(**known))
    except (ValidationError, UsageFault):  # recorded by a version with other policies
        return "step"
    return policy.oversight if started.mode == "swarm" else "proposal"


def _check(policy: Policy) -> None:
    unknown = policy.powers - _ALL
    if unknown:
        raise UsageFault(
            f"No power {min(unknown)!r}.", f"There are: {', '.join(POWERS)} (or none)."
        )
    if policy.gate != "open" and not policy.powers - {"message"}:
        raise UsageFault(
            f"The {policy.gate} gate has nothing to decide: the planner may only message.",
            "Give it another power, or take --gate open.",
        )
