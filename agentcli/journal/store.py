"""The journal on disk: one append-only SQLite file (WAL) for all runs.

Appending is the only way in (`Journal.append`), reading is by run and sequence number.
SQLite serialises writers across processes, so a batch of runs shares the file.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from agentcli.errors import InfraFault, UsageFault
from agentcli.ids import RUN_STREAM, parent_agent_id
from agentcli.journal.events import AnyBody, Event, RunStarted, body_adapter
from agentcli.journal.redact import Redactor
from agentcli.settings import state_dir

Subscriber = Callable[[Event], None]
_STEPS = ("model_replied", "tool_returned", "prompted", "compacted")  # what fills a long run

# Entry n takes a file from version n to n + 1; never edit one that was released.
_MIGRATIONS = (
    """
    CREATE TABLE events (
        run_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        at REAL NOT NULL,
        agent_id TEXT NOT NULL,
        type TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (run_id, seq)
    ) WITHOUT ROWID;
    CREATE INDEX events_by_type ON events (type, at);
    """,
)


def journal_path() -> Path:
    """Where the journal lies unless a caller says otherwise."""
    return state_dir() / "journal.db"


class Journal:
    """All recorded events. Close it, or use it as a context manager."""

    def __init__(self, path: Path | None = None, redactor: Redactor | None = None) -> None:
        self.path = journal_path() if path is None else path
        self._redactor = redactor or Redactor()
        self._subscribers: list[Subscriber] = []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            raise InfraFault(
                f"The journal {self.path} can't be opened: {error}.",
                "Check its permissions and the free disk space.",
            ) from error

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        self._db.close()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` with each event right after it is on disk."""
        self._subscribers.append(subscriber)

    def append(self, run_id: str, agent_id: str, body: AnyBody) -> Event:
        """Write one event and return it as written, that is without secrets."""
        at = time.time()
        text = body_adapter.dump_json(self._redactor.model(body)).decode()
        body = body_adapter.validate_json(text)
        try:
            row = self._db.execute(
                "INSERT INTO events SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4, ?5 "
                "FROM events WHERE run_id = ?1 RETURNING seq",
                (run_id, at, agent_id, body.type, text),
            ).fetchone()
        except sqlite3.Error as error:
            raise InfraFault(
                f"The journal {self.path} can't be written: {error}.", "Check the free disk space."
            ) from error
        event = Event(
            run_id=run_id,
            seq=row[0],
            at=at,
            agent_id=agent_id,
            parent_id=parent_agent_id(agent_id),
            body=body,
        )
        for subscriber in self._subscribers:
            subscriber(event)
        return event

    def events(
        self,
        run_id: str,
        after: int = 0,
        *,
        agent_id: str | None = None,
        types: Collection[str] | None = None,
    ) -> Iterator[Event]:
        """The run's events with `seq > after`, in order, as they were appended; of one agent and
        of some types only, if they are named."""
        rows = self._db.execute(
            "SELECT seq, at, agent_id, body FROM events WHERE run_id = ?1 AND seq > ?2 "
            "AND (?3 IS NULL OR agent_id = ?3) "
            "AND (?4 IS NULL OR type IN (SELECT value FROM json_each(?4))) ORDER BY seq",
            (run_id, after, agent_id, None if types is None else json.dumps(list(types))),
        )
        yield from self._read(run_id, rows)

    def outline(self, run_id: str, tail: int = 0) -> Iterator[Event]:
        """The run without the many events of agents' single steps, but with its last `tail`
        events of any kind: quick, whatever the length of the run."""
        marks = ",".join("?" * len(_STEPS))
        rows = self._db.execute(
            "SELECT seq, at, agent_id, body FROM events WHERE run_id = ? "
            f"AND (seq > ? OR type NOT IN ({marks})) ORDER BY seq",
            (run_id, self.last_seq(run_id) - tail, *_STEPS),
        )
        yield from self._read(run_id, rows)

    def tokens(self, run_id: str) -> int:
        """Input and output tokens of all model calls of a run."""
        query = (
            "SELECT coalesce(sum("
            "json_extract(body, '$.usage.input') + json_extract(body, '$.usage.output')"
            "), 0) FROM events WHERE run_id = ? AND type = 'model_replied'"
        )
        return int(self._db.execute(query, (run_id,)).fetchone()[0])

    def pick(self, run_id: str, seqs: Sequence[int]) -> list[Event]:
        """The events of these numbers, in order."""
        marks = ",".join("?" * len(seqs))
        rows = self._db.execute(
            f"SELECT seq, at, agent_id, body FROM events WHERE run_id = ? AND seq IN ({marks}) "
            "ORDER BY seq",
            (run_id, *seqs),
        )
        return list(self._read(run_id, rows))

    def last_seq(self, run_id: str) -> int:
        """The number of the run's last event; 0 when there is none."""
        query = "SELECT coalesce(max(seq), 0) FROM events WHERE run_id = ?"
        return int(self._db.execute(query, (run_id,)).fetchone()[0])

    def _read(self, run_id: str, rows: Iterable[tuple[int, float, str, str]]) -> Iterator[Event]:
        for seq, at, agent_id, body in rows:
            yield Event.model_construct(  # what is on record was checked when it was written
                run_id=run_id,
                seq=seq,
                at=at,
                agent_id=agent_id,
                parent_id=parent_agent_id(agent_id),
                body=body_adapter.validate_json(body),
            )

    def run_ids(self, repo: str | None = None) -> list[str]:
        """The runs, newest first: all of them, or those of one repository."""
        rows = self._db.execute(
            "SELECT run_id FROM events WHERE type = 'run_started' "
            "AND (?1 IS NULL OR json_extract(body, '$.repo') = ?1) ORDER BY at DESC",
            (repo,),
        )
        return [row[0] for row in rows]

    def find_run(self, prefix: str, repo: str | None = None) -> str:
        """The run that its id, a unique prefix or `last` names. Raises UsageFault.

        `repo` is where the person stands: `last` is that repository's last run.
        """
        if prefix == "last":
            return self._last_run(repo)
        runs = self.run_ids()
        matches = [run for run in runs if run == prefix] or [
            run for run in runs if run.startswith(prefix)
        ]
        match matches:
            case [run]:
                return run
            case []:
                raise UsageFault(f"No run {prefix!r}.", "`agentcli runs` lists them.")
            case _:
                raise UsageFault(
                    f"{prefix!r} could be {', '.join(matches[:4])}.", "Type more of it."
                )

    def _last_run(self, repo: str | None) -> str:
        for run in self.run_ids(repo):
            return run
        if repo is not None and self.run_ids():
            raise UsageFault(f"No run of {repo} yet.", "`agentcli runs --all` lists all others.")
        raise UsageFault("No run yet.", 'Start one: agentcli run "…"')

    def delete_run(self, run_id: str) -> None:
        """Forget a run. The only deletion there is, and only on a person's `rm`."""
        self._db.execute("DELETE FROM events WHERE run_id = ?", (run_id,))

    def import_run(self, events: Iterator[Event]) -> str:
        """Copy a recording (as exported, one event per line) in under its own run id."""
        run_id = ""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for event in events:
                run_id = event.run_id
                self._db.execute(
                    "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        event.run_id,
                        event.seq,
                        event.at,
                        event.agent_id,
                        event.body.type,
                        body_adapter.dump_json(event.body).decode(),
                    ),
                )
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        return run_id

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            raise InfraFault(
                f"The journal {self.path} was written by a newer agentcli.", "Upgrade agentcli."
            )
        if version == len(_MIGRATIONS):
            return
        self._db.execute("BEGIN IMMEDIATE")  # another process may be migrating just now
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        for number, statements in enumerate(_MIGRATIONS[version:], start=version + 1):
            for statement in filter(str.strip, statements.split(";")):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {number}")
        self._db.execute("COMMIT")


def started(events: list[Event]) -> RunStarted:
    """A run's first event's body. Raises UsageFault when the record has none."""
    for event in events:
        if event.agent_id == RUN_STREAM and isinstance(event.body, RunStarted):
            return event.body
    raise UsageFault("The record has no start.", "It can't be used.")
