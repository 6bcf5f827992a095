"""The override ledger's entries, found from captured trees (delegation/ledger) and kept as events.

All of them stand in the run's own stream. They are `ambient`: derived from the other events, so
they can be found again. The words are those of the definitions page (docs/overrides.md).
"""

from typing import ClassVar, Literal

from agentcli.journal.data import Body, Frozen

OverrideKind = Literal["takeover", "discard", "revert", "rewrite", "amend"]
OtherKind = Literal[
    "revise_request",
    "conflict_fix",
    "integration_fix",
    "format",
    "move",
    "user_edit",
    "superseded_by_replan",
]
Effect = Literal["harmful", "helpful", "mixed", "neutral", "unscorable"]

OVERRIDE_KINDS: tuple[OverrideKind, ...] = ("takeover", "discard", "revert", "rewrite", "amend")


class Fractions(Frozen):
    """Overwrite fraction at the three horizons, each in [0, 1]; None: never got there."""

    integration: float | None = None
    close: float | None = None
    end: float | None = None


class InterruptionFound(Body):
    """A parent's stop, replacing redirect or write in scope, delivered while the child worked."""

    ambient: ClassVar[bool] = True
    type: Literal["interruption_found"] = "interruption_found"
    delegation: str
    parent: str
    child: str
    how: Literal["stop", "redirect", "write"]
    at_seq: int  # the event that delivered it
    child_step: int
    output_tokens: int  # the child's, at delivery
    early: bool  # before its first complete function, class or test
    reason: str = ""


class LedgerEntry(Body):
    """What became of one delegation's work through one act. `number` names it for `restore`."""

    ambient: ClassVar[bool] = True
    type: Literal["ledger_entry"] = "ledger_entry"
    number: int
    delegation: str
    parent: str
    child: str
    kind: OverrideKind | OtherKind | Literal["unattributed"]
    at_seq: int  # the event of the act
    parent_step: int  # the parent's model calls when it acted
    opportunity: int  # how many of those could see the delegation, this one included
    tokens: int  # of the whole run when it acted
    units: int  # |U|
    touched: int  # units of U that the act removed, replaced or restored
    fractions: Fractions = Fractions()
    paths: tuple[str, ...] = ()
    reason: str = ""
    child_tree: str  # the child's version: proposal, else last checkpoint
    expected: str | None = None  # E
    final: str

    @property
    def is_override(self) -> bool:
        return self.kind in OVERRIDE_KINDS


class EffectMeasured(Body):
    """The pristine verifier on E and on the final tree. `None`: not scorable."""

    ambient: ClassVar[bool] = True
    type: Literal["effect_measured"] = "effect_measured"
    number: int  # the ledger entry's
    effect: Effect
    expected_passed: bool | None
    final_passed: bool | None
    broken: tuple[str, ...] = ()  # tests that pass on E and fail on the final tree
    mended: tuple[str, ...] = ()  # the reverse
    repeats: int = 1
    reason: str = ""


class LotteryOutcome(Body):
    """What became of the first override that a lottery decided on for a delegation.

    `passed`: the verifier on the tree that stood after the decision; None: not scorable.
    """

    ambient: ClassVar[bool] = True
    type: Literal["lottery_outcome"] = "lottery_outcome"
    delegation: str
    allowed: bool
    passed: bool | None


class DelegationMeasured(Body):
    """One delegation's measures at the end of the run, overridden or not."""

    ambient: ClassVar[bool] = True
    type: Literal["delegation_measured"] = "delegation_measured"
    delegation: str
    parent: str
    child: str
    checkpoints: int
    proposals: int
    units: int
    kept: int
    changed: int
    removed: int
    fractions: Fractions = Fractions()
    overridden: bool
    interrupted: bool
    within_five: bool  # interrupted or overridden within the parent's first five opportunities
    opportunities: int
    output_tokens: int  # until the interruption, else until it ended (then censored)
    autonomous: bool | None  # None: nothing verified it
    comment_units: int = 0


class UnitsWritten(Body):
    """What one parent's children wrote and what it wrote itself, in units, whatever became of it.

    Who is itself somebody's child counts its own children's units among its own work there.
    """

    ambient: ClassVar[bool] = True
    type: Literal["units_written"] = "units_written"
    parent: str
    children: int
    own: int


class Restored(Body):
    """The person took the child's version after all, as a commit on the run's branch."""

    ambient: ClassVar[bool] = True
    type: Literal["restored"] = "restored"
    number: int
    delegation: str
    before: str
    tree: str
    commit: str


class LedgerFailed(Body):
    """The ledger, or a part of it, could not be found. The run itself is not touched by that."""

    ambient: ClassVar[bool] = True
    type: Literal["ledger_failed"] = "ledger_failed"
    reason: str
