"""Tags by content, in one SQLite file that all processes share. It can be deleted any time."""

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from agentcli.codemap.languages import QUERY_VERSION
from agentcli.codemap.tags import Defined, FileTags

_SCHEMA = "CREATE TABLE IF NOT EXISTS tags (key TEXT PRIMARY KEY, day INTEGER, data TEXT)"
_DAY = 86_400  # seconds
_log = logging.getLogger(__name__)
T = TypeVar("T")


class TagCache:
    """`(blob id, language)` → tags. A cache that can't be used is as good as an empty one."""

    def __init__(self, path: Path, max_bytes: int = 256 * 2**20) -> None:
        self.path = path
        self.max_bytes = max_bytes

    def get(self, keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], FileTags]:
        """What is known of these; keys without an entry are left out."""
        wanted = {_key(blob, language): (blob, language) for blob, language in keys}
        return self._guarded(lambda db: _read(db, wanted), {})

    def put(self, entries: Mapping[tuple[str, str], FileTags]) -> None:
        """Add entries; the oldest give way when the file is full."""
        rows = [(_key(*key), _today(), _dump(value)) for key, value in entries.items()]
        self._guarded(lambda db: _write(db, rows, self.max_bytes), None)

    def _guarded(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        try:
            with self._open() as db:
                return work(db)
        except sqlite3.OperationalError as error:  # locked, read-only, disk full
            _log.warning("The codemap cache %s can't be used: %s", self.path, error)
            return otherwise
        except sqlite3.DatabaseError:  # not a database, or damaged: make it anew
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            return otherwise

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise sqlite3.OperationalError(str(error)) from error
        with closing(sqlite3.connect(self.path, timeout=10)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute(_SCHEMA)
            with db:
                yield db


def _read(
    db: sqlite3.Connection, wanted: Mapping[str, tuple[str, str]]
) -> dict[tuple[str, str], FileTags]:
    found: dict[tuple[str, str], FileTags] = {}
    stale: list[str] = []
    for keys in _batches(wanted):
        marks = ",".join("?" * len(keys))
        rows = db.execute(f"SELECT key, day, data FROM tags WHERE key IN ({marks})", keys)
        for key, day, data in rows:
            value = _load(data)
            if value is not None:
                found[wanted[key]] = value
            if day != _today():
                stale.append(key)
    for keys in _batches(stale):
        marks = ",".join("?" * len(keys))
        db.execute(f"UPDATE tags SET day = ? WHERE key IN ({marks})", (_today(), *keys))
    return found


def _write(db: sqlite3.Connection, rows: list[tuple[str, int, str]], max_bytes: int) -> None:
    db.executemany("INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", rows)
    (size,) = db.execute("SELECT coalesce(sum(length(data)), 0) FROM tags").fetchone()
    if size > max_bytes:
        (count,) = db.execute("SELECT count(*) FROM tags").fetchone()
        db.execute(
            "DELETE FROM tags WHERE rowid IN (SELECT rowid FROM tags ORDER BY day, rowid LIMIT ?)",
            (count // 2 + 1,),
        )


def _batches(keys: Iterable[str], size: int = 500) -> Iterator[tuple[str, ...]]:
    items = list(keys)
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])


def _key(blob: str, language: str) -> str:
    return f"{blob}:{language}:{QUERY_VERSION}"


def _today() -> int:
    return int(time.time() // _DAY)


def _dump(value: FileTags) -> str:
    defined = [
        (d.name, d.what, d.line, d.end_line, d.depth, d.signature, d.local) for d in value.defined
    ]
    return json.dumps((defined, value.refers), separators=(",", ":"), ensure_ascii=False)


def _load(data: str) -> FileTags | None:
    try:
        defined, refers = json.loads(data)
        return FileTags(tuple(Defined(*row) for row in defined), refers)
    except (TypeError, ValueError):
        return None
