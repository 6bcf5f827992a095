"""What the ledger is computed from: the trees that stood, and who caused each change.

A `Record` is a run as git and the journal captured it. `capture.py` folds it from events; the
labelled corpus of the tests writes it from made-up histories. Trees are object ids in the run's
repository. `seq` is the event's number in the journal and puts everything in one order.
"""

from dataclasses import dataclass
from typing import Literal

Cause = Literal["parent", "merge", "rollback", "person", "formatter", "unknown"]
End = Literal["integrated", "rolled_back", "discarded", "superseded", "lost", "open"]


@dataclass(frozen=True)
class Mark:
    """A tree of the child's: a checkpoint or a proposal."""

    seq: int
    tree: str
    output_tokens: int = 0  # of the child, up to here
    step: int = 0  # the child's model calls, up to here


@dataclass(frozen=True)
class Delivery:
    """A message of the parent's as the child heard it (or a stop)."""

    seq: int
    kind: Literal["message", "revise", "conflict", "interrupt", "answer"]
    text: str
    output_tokens: int
    step: int
    redirects: bool = False  # of an interrupt: it replaces the brief instead of stopping


@dataclass(frozen=True)
class Work:
    """One delegation: what the child was given, made and submitted, and how it ended.

    `opportunities` are the parent's model calls (their seqs) that could see the delegation, by
    the policy's oversight. `by_parent` says whether the parent decided the end, or the mechanism
    (a failed child is rolled back, a lost lease is reassigned). `finished_elsewhere`: the parent
    or another child did the brief's work after this one was closed without being integrated.
    """

    delegation: str
    parent: str
    child: str
    base: str  # T0
    began: int  # seq
    closed: int | None  # seq; None: still open when the run ended
    scope: tuple[str, ...] = ()
    checkpoints: tuple[Mark, ...] = ()
    proposals: tuple[Mark, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    opportunities: tuple[int, ...] = ()
    end: End = "open"
    by_parent: bool = True
    reason: str = ""  # the parent's stated reason for the end
    final: str | None = None  # the trunk when the delegation closed
    output_tokens: int = 0  # of the child, in all

    @property
    def version(self) -> str | None:
        """The child's version: its last proposal, else its last checkpoint."""
        last = self.proposals or self.checkpoints
        return last[-1].tree if last else None


@dataclass(frozen=True)
class Step:
    """One change of the trunk. Neighbouring steps meet: `after` is the next one's `before`.

    Of a merge, `delegation` is whose proposal came in and `expected` the mechanical merge
    (`git merge-tree`, with its conflict marks in `conflicts`' paths when it had any). `after`
    differs from `expected` where somebody edited inside the merge.
    """

    seq: int
    before: str
    after: str
    cause: Cause
    agent: str = ""
    delegation: str | None = None
    expected: str | None = None
    conflicts: tuple[str, ...] = ()
    reason: str = ""
    agent_step: int = 0  # the agent's model calls, up to here
    tokens: int = 0  # of the whole run, up to here


@dataclass(frozen=True)
class Record:
    """A run: its delegations and every change of the trunk, both in order of `seq`."""

    base: str
    works: tuple[Work, ...]
    trunk: tuple[Step, ...]

    @property
    def final(self) -> str:
        """The trunk at the run's end."""
        return self.trunk[-1].after if self.trunk else self.base
