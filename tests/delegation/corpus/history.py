"""The language in which histories are told: children write, the parent acts, the trunk moves on.

Each telling makes a bare repository with every tree that stood, and the `Record` about them. Acts
return their `seq`, by which labels refer to them.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from agentcli.delegation.ledger.records import (
    Cause,
    Delivery,
    End,
    Mark,
    Record,
    Step,
    Work,
)
from tests.delegation.corpus.edits import Edit, Files, edited
from tests.delegation.corpus.labels import Entry, Label
from tests.delegation.corpus.programs import Program
from tests.delegation.corpus.repository import Repository

SCOPE = ("src", "tests")
_TOKENS = 20  # of output that a child writes for a checkpoint


@dataclass(frozen=True)
class State:
    """Files as they stood, and where git has them."""

    files: Files
    tree: str
    commit: str


@dataclass
class Child:
    """A delegation while its history is told."""

    history: "History"
    base: State
    work: Work
    files: Files
    label: Label | None = None
    proposal: State | None = None

    @property
    def name(self) -> str:
        return self.work.delegation

    def writes(self, *edits: Edit, tokens: int = _TOKENS) -> int:
        """A write in the child's clone: a checkpoint."""
        self.files = edited(self.files, edits)
        mark = self._mark(self.history.repository.tree(self.files), tokens)
        self.history.keep(f"{self.name}/ck/{len(self.work.checkpoints)}", mark.tree)
        self._becomes(checkpoints=(*self.work.checkpoints, mark))
        return mark.seq

    def proposes(self) -> int:
        """The child submits what it has."""
        tree = self.history.repository.tree(self.files)
        commit = self.history.repository.commit(tree, self.base.commit)
        self.proposal = State(self.files, tree, commit)
        mark = self._mark(tree, 0)
        self.history.keep(f"{self.name}/proposal/{len(self.work.proposals)}", tree)
        self._becomes(proposals=(*self.work.proposals, mark))
        return mark.seq

    def rebases(self) -> None:
        """The child's work is put on the trunk as it is now; the delegation's base stays T0."""
        trunk, repository = self.history.trunk, self.history.repository
        own = repository.commit(repository.tree(self.files), self.base.commit)
        tree, conflicts = repository.merge(trunk.commit, own)
        assert not conflicts, f"conflicts in {conflicts}"
        self.files = repository.files(tree)
        self.base = trunk

    def hears(
        self,
        kind: Literal["message", "revise", "conflict", "interrupt", "answer"],
        *,
        redirects: bool = False,
    ) -> int:
        """Something of the parent's is delivered to the child."""
        self.history.parent_looks()
        seq = self.history.next_seq()
        said = Delivery(seq, kind, kind, self.tokens, self.steps, redirects)
        self._becomes(deliveries=(*self.work.deliveries, said))
        return seq

    def closes(self, end: End = "integrated", *, by_parent: bool = True) -> int:
        """The delegation ends; what stands in the trunk is its final tree."""
        seq, final = self.history.next_seq(), self.history.trunk.tree
        self.history.keep(f"{self.name}/final", final)
        self._becomes(closed=seq, end=end, by_parent=by_parent, final=final)
        return seq

    def expects(self, *entries: tuple[str, int], **known: object) -> None:
        """The label: entries as (kind, seq of the act), and what else `Label` has."""
        label = Label(tuple(Entry(kind, seq) for kind, seq in entries))
        self.label = replace(label, **known)  # type: ignore[arg-type]

    def is_seen(self, seq: int) -> None:
        """A model call of the parent's could see this delegation."""
        self._becomes(opportunities=(*self.work.opportunities, seq))

    @property
    def tokens(self) -> int:
        return self.work.output_tokens

    @property
    def steps(self) -> int:
        return len(self.work.checkpoints)

    def _mark(self, tree: str, tokens: int) -> Mark:
        self._becomes(output_tokens=self.tokens + tokens)
        return Mark(self.history.next_seq(), tree, self.tokens, self.steps + 1)

    def _becomes(self, **changed: object) -> None:
        self.work = replace(self.work, **changed)  # type: ignore[arg-type]


@dataclass
class History:
    """One run, told from its beginning. `shared`: others work on the same file meanwhile."""

    repository: Repository
    program: Program
    shared: bool = False
    children: list[Child] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._seq = self._parent_calls = 0
        self._steps: list[Step] = []
        self.trunk = self.base = self._state(self.program.base())

    # ---- who does what ----

    def starts_with(self, *edits: Edit) -> None:
        """Another base than the program's usual one; told before anything else."""
        assert not self.children and not self._steps
        self.trunk = self.base = self._state(edited(self.trunk.files, edits))

    def delegates(self, name: str = "a", scope: tuple[str, ...] = SCOPE) -> Child:
        """A child begins, from the trunk as it is."""
        work = Work(name, "planner", f"coder-{name}", self.trunk.tree, self.next_seq(), None, scope)
        self.keep(f"{name}/base", self.trunk.tree)
        child = Child(self, self.trunk, work, self.trunk.files)
        self.children.append(child)
        return child

    def lands(self, child: Child, *edits: Edit) -> int:
        """The child's version is merged; `edits` are the parent's, inside the merge commit."""
        if edits:
            self.parent_looks()
        repository, before = self.repository, self.trunk
        theirs = child.proposal or self._unsubmitted(child)
        conflicts: tuple[str, ...] = ()
        expected = theirs
        if before.commit != child.base.commit:
            tree, conflicts = repository.merge(before.commit, theirs.commit)
            expected = State(repository.files(tree), tree, theirs.commit)
        self.keep(f"{child.name}/expected", expected.tree)
        after = edited(expected.files, edits)
        return self._moves(
            self._state(after, before.commit, theirs.commit),
            Step(0, "", "", "merge", "planner", child.name, expected.tree, conflicts),
        )

    def changes(self, cause: Cause, *edits: Edit) -> int:
        """The trunk is changed by something other than a merge."""
        if cause == "parent":
            self.parent_looks()
        after = self._state(edited(self.trunk.files, edits), self.trunk.commit)
        agent = "planner" if cause in ("parent", "formatter") else ""
        return self._moves(after, Step(0, "", "", cause, agent))

    def parent(self, *edits: Edit) -> int:
        """The parent changes the trunk with its own hands."""
        return self.changes("parent", *edits)

    def rolls_back(self, child: Child) -> int:
        """The mechanism puts back what stood before a child that failed."""
        return self._moves(child.base, Step(0, "", "", "rollback", delegation=child.name))

    def parent_looks(self, times: int = 1) -> None:
        """Calls of the parent's model, each of which could see every delegation so far."""
        for _ in range(times):
            self._parent_calls += 1
            seq = self.next_seq()
            for child in self.children:
                child.is_seen(seq)

    # ---- what comes of it ----

    def record(self) -> Record:
        return Record(
            self.base.tree, tuple(child.work for child in self.children), tuple(self._steps)
        )

    def labels(self) -> dict[str, Label]:
        unlabelled = [child.name for child in self.children if child.label is None]
        assert not unlabelled, f"no label for {unlabelled}"
        return {child.name: child.label for child in self.children if child.label is not None}

    def keep(self, name: str, tree: str) -> None:
        self.repository.pin(name, tree)

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def _moves(self, after: State, step: Step) -> int:
        before, self.trunk = self.trunk, after
        seq = self.next_seq()
        self.keep(f"trunk/{seq}", after.tree)
        self._steps.append(
            replace(
                step,
                seq=seq,
                before=before.tree,
                after=after.tree,
                agent_step=self._parent_calls,
                tokens=sum(child.tokens for child in self.children),
            )
        )
        return seq

    def _unsubmitted(self, child: Child) -> State:
        return self._state(child.files, child.base.commit)

    def _state(self, files: Files, *parents: str) -> State:
        tree = self.repository.tree(files)
        return State(files, tree, self.repository.commit(tree, *parents))
