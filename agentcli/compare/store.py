"""A study's trials and who works on which: one SQLite file that several processes share.

A trial is claimed under a lease, together with the id of the run that it will be, so that whoever
comes after a dead owner knows where to go on. A score is written once, by who holds the lease.
"""

import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from agentcli.compare.outcome import Outcome
from agentcli.compare.plan import Trial, Versions
from agentcli.errors import InfraFault
from agentcli.ids import new_run_id
from agentcli.journal.folds import Spending
from agentcli.sandbox import owner

LEASE = 60.0  # seconds without a heartbeat after which a trial is taken from its owner

_SCHEMA = """
CREATE TABLE IF NOT EXISTS trials (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    arm TEXT NOT NULL,
    task TEXT NOT NULL,
    seed INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',  -- waiting, running, scored, infra
    lease TEXT,
    owner TEXT,
    deadline REAL,
    run_id TEXT,
    failures INTEGER NOT NULL DEFAULT 0,  -- of infrastructure, ever
    setbacks INTEGER NOT NULL DEFAULT 0,  -- of them, since a command began
    ended REAL,
    score TEXT,
    outcome TEXT
);
CREATE INDEX IF NOT EXISTS trials_by_end ON trials (ended);
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY,
    trial TEXT NOT NULL,
    tokens INTEGER NOT NULL DEFAULT 0,
    cost REAL NOT NULL DEFAULT 0,
    unpriced INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS sessions (at REAL, owner TEXT, versions TEXT);
"""


@dataclass(frozen=True)
class Claim:
    """A trial that is ours to carry out, as the run `run_id`, for as long as the lease holds."""

    trial: Trial
    run_id: str
    attempt: int  # from 1; higher only after failures of infrastructure
    lease: str


@dataclass(frozen=True)
class Standing:
    """How far a study is. Tokens and cost are those of all runs, also of abandoned ones."""

    total: int
    waiting: int
    running: int
    solved: int
    failed: int
    infra: int
    tokens: int
    cost: float
    unpriced: int  # model calls without a known price

    @property
    def scored(self) -> int:
        """Trials that are over for good."""
        return self.solved + self.failed


class Store:
    """The file. Close it, or use it as a context manager; belongs to one thread."""

    def __init__(self, path: Path, lease: float = LEASE) -> None:
        self._path = path
        self._lease = lease
        self._me = owner.myself()
        try:
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        self._db.close()

    def begin(self, trials: Iterable[Trial], versions: Versions) -> None:
        """Begin a session: know the trials, and give those that infrastructure failed new tries."""
        rows = [(t.id, n, t.arm, t.task, t.seed) for n, t in enumerate(trials)]
        with self._transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO trials (id, position, arm, task, seed) VALUES (?,?,?,?,?)",
                rows,
            )
            self._db.execute("UPDATE trials SET setbacks = 0")
            self._db.execute("UPDATE trials SET state = 'waiting' WHERE state = 'infra'")
            self._db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?)",
                (time.time(), self._me, versions.model_dump_json()),
            )

    def claim(self) -> Claim | None:
        """The next trial that nobody works on; None when there is none just now.

        Those that a dead owner left count as well. What failed before comes last.
        """
        with self._transaction():
            self._release_the_dead()
            row = self._db.execute(
                "SELECT id, arm, task, seed, run_id, failures FROM trials "
                "WHERE state = 'waiting' ORDER BY setbacks, position LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            claim = Claim(
                Trial(id=row[0], arm=row[1], task=row[2], seed=row[3]),
                run_id=row[4] or new_run_id(),
                attempt=row[5] + 1,
                lease=secrets.token_hex(8),
            )
            self._db.execute(
                "UPDATE trials SET state = 'running', lease = ?, owner = ?, deadline = ? "
                "WHERE id = ?",
                (claim.lease, self._me, time.time() + self._lease, claim.trial.id),
            )
            self._name_run(claim)
            return claim

    def begin_anew(self, claim: Claim) -> Claim:
        """The same claim as another run: the first one can't be gone on with."""
        fresh = replace(claim, run_id=new_run_id())
        with self._transaction():
            self._name_run(fresh)
        return fresh

    def renew(self, spent: Mapping[Claim, Spending]) -> set[Claim]:
        """Heartbeat: hold the leases, write down what the runs have spent so far.

        Returns the claims that are no longer ours, which must be stopped.
        """
        if not spent:
            return set()
        with self._transaction():
            self._note_spending({claim.run_id: one for claim, one in spent.items()})
            self._db.executemany(
                "UPDATE trials SET deadline = ? WHERE lease = ? AND state = 'running'",
                [(time.time() + self._lease, claim.lease) for claim in spent],
            )
            held = self._db.execute(
                "SELECT lease FROM trials WHERE state = 'running' AND owner = ?", (self._me,)
            )
            leases = {row[0] for row in held}
        return {claim for claim in spent if claim.lease not in leases}

    def score(self, claim: Claim, outcome: Outcome, spent: Spending) -> bool:
        """Write the result; False, and nothing is changed, when the lease was lost."""
        with self._transaction():
            self._note_spending({claim.run_id: spent})
            return self._leave(claim, "scored", outcome)

    def fail(self, claim: Claim, outcome: Outcome, spent: Spending, tries: int) -> bool:
        """Note a failure of infrastructure; returns whether the trial will be tried again, which
        it is until it has failed `tries` times since a command began."""
        with self._transaction():
            self._note_spending({claim.run_id: spent})
            row = self._db.execute(
                "UPDATE trials SET failures = failures + 1, setbacks = setbacks + 1 "
                "WHERE lease = ? RETURNING setbacks",
                (claim.lease,),
            ).fetchone()
            given_up = row is not None and row[0] >= tries
            self._leave(claim, "infra" if given_up else "waiting", outcome)
            return not given_up

    def give_back(self, claim: Claim, spent: Spending) -> None:
        """Let go of a trial that was interrupted; its run will be gone on with."""
        with self._transaction():
            self._note_spending({claim.run_id: spent})
            self._db.execute(
                "UPDATE trials SET state = 'waiting', lease = NULL, owner = NULL WHERE lease = ?",
                (claim.lease,),
            )

    def standing(self) -> Standing:
        """How far it is."""
        counts = dict(
            self._db.execute(
                "SELECT CASE state WHEN 'scored' THEN score ELSE state END, count(*) "
                "FROM trials GROUP BY 1"
            ).fetchall()
        )
        tokens, cost, unpriced = self._db.execute(
            "SELECT coalesce(sum(tokens), 0), coalesce(sum(cost), 0), coalesce(sum(unpriced), 0) "
            "FROM runs"
        ).fetchone()
        kinds = ("waiting", "running", "solved", "failed", "infra")
        found = {kind: counts.get(kind, 0) for kind in kinds}
        return Standing(sum(counts.values()), **found, tokens=tokens, cost=cost, unpriced=unpriced)

    def outcomes(self) -> list[Outcome]:
        """What is known by now, in the order of work; of infra failures the last one."""
        rows = self._db.execute(
            "SELECT outcome FROM trials WHERE outcome IS NOT NULL ORDER BY position"
        )
        return [Outcome.model_validate_json(row[0]) for row in rows]

    def ended_after(self, at: float) -> list[tuple[float, Outcome]]:
        """What ended since a time (seconds since the epoch), oldest first, each with its time."""
        rows = self._db.execute(
            "SELECT ended, outcome FROM trials WHERE ended > ? ORDER BY ended", (at,)
        )
        return [(ended, Outcome.model_validate_json(text)) for ended, text in rows]

    def _leave(self, claim: Claim, state: str, outcome: Outcome) -> bool:
        left = self._db.execute(
            "UPDATE trials SET state = ?, score = ?, outcome = ?, ended = ?, lease = NULL, "
            "owner = NULL WHERE lease = ? AND state = 'running'",
            (state, outcome.score, outcome.model_dump_json(), time.time(), claim.lease),
        )
        return left.rowcount == 1

    def _name_run(self, claim: Claim) -> None:
        self._db.execute(
            "UPDATE trials SET run_id = ? WHERE lease = ?", (claim.run_id, claim.lease)
        )
        self._db.execute(
            "INSERT OR IGNORE INTO runs (run_id, trial) VALUES (?, ?)",
            (claim.run_id, claim.trial.id),
        )

    def _note_spending(self, spent: Mapping[str, Spending]) -> None:
        self._db.executemany(
            "UPDATE runs SET tokens = ?, cost = ?, unpriced = ? WHERE run_id = ?",
            [(s.usage.total, s.cost, s.unpriced, run_id) for run_id, s in spent.items()],
        )

    def _release_the_dead(self) -> None:
        owners = self._db.execute("SELECT DISTINCT owner FROM trials WHERE state = 'running'")
        dead = [name for (name,) in owners if owner.is_dead(name)]
        marks = ",".join("?" * len(dead))
        self._db.execute(
            "UPDATE trials SET state = 'waiting', lease = NULL "
            f"WHERE state = 'running' AND (deadline < ? OR owner IN ({marks}))",
            (time.time(), *dead),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _fault(self, error: sqlite3.Error) -> InfraFault:
        return InfraFault(
            f"The study's file {self._path} can't be used: {error}.", "Check the free disk space."
        )
