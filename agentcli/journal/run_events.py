"""Events of the run itself: its beginning, its sandbox, its verdict, what landed, its end."""

from typing import Any, Literal

from agentcli.journal.data import Body, Check, FileChange, Frozen, RunStatus

SCHEMA_VERSION = 1


class Sealed(Frozen):
    """How a run is judged beyond what its agents may know: `tree` is the base with the hidden
    files (pinned in the run's repository), `check` the command that agents may decide by."""

    tree: str | None
    check: str | None


class RunStarted(Body):
    type: Literal["run_started"] = "run_started"
    schema_version: int = SCHEMA_VERSION
    version: str
    task: str
    repo: str
    head: str | None  # the person's HEAD commit; None when unborn
    branch: str | None  # None when detached
    base_commit: str  # the snapshot: HEAD + uncommitted + untracked work
    base_tree: str
    mode: str
    models: dict[str, str]  # role → model
    test: str | None
    settings: dict[str, Any]
    seed: int
    replay_of: str | None = None
    fork_of: str | None = None
    sealed: Sealed | None = None

    @property
    def agents_check(self) -> str | None:
        """The command that agents may decide by: the run's test, unless that is sealed."""
        return self.test if self.sealed is None else self.sealed.check


class RunResumed(Body):
    """Events after `rewind_to` and before this one are superseded (a limit's unwinding)."""

    ambient = True
    type: Literal["run_resumed"] = "run_resumed"
    rewind_to: int
    settings: dict[str, Any]


class SandboxOpened(Body):
    ambient = True
    type: Literal["sandbox_opened"] = "sandbox_opened"
    backend: str
    isolation: str  # one line for people: what protects them, what doesn't
    image: str | None
    tree: str
    seconds: float


class Verified(Body):
    """The verifier's verdict on a tree, in a fresh sandbox.

    `changed_tests` are test files of the base that the agents changed or removed, and protected
    files that they touched; `pristine` is the verdict with the tests put back, when there are any
    (protected files are as in the base in both).
    """

    type: Literal["verified"] = "verified"
    tree: str
    check: Check
    changed_tests: tuple[str, ...] = ()
    pristine: Check | None = None


class Landed(Body):
    type: Literal["landed"] = "landed"
    commit: str
    branch: str
    changes: tuple[FileChange, ...]


class RunEnded(Body):
    ambient = True
    type: Literal["run_ended"] = "run_ended"
    status: RunStatus
    reason: str
    exit_code: int
    commit: str | None = None
    tree: str | None = None


class Applied(Body):
    """The person took the result into the working tree; `backup` is the tree to undo to."""

    ambient = True
    type: Literal["applied"] = "applied"
    commit: str
    backup: str
    changes: tuple[FileChange, ...]


class Undone(Body):
    ambient = True
    type: Literal["undone"] = "undone"
    backup: str
