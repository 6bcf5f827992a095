"""Sets that are one JSON object a line, plain or gzipped."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentcli.errors import UsageFault


def read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's object, with a name for where it stands.

    Raises UsageFault for a line that holds none, and for a file that can't be read.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield f"{path}, line {number}", _row(line, path, number)
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise UsageFault(f"{path} can't be read: {error}.") from error


def text(row: dict[str, Any], key: str, where: str) -> str:
    """A row's text under a key. Raises UsageFault when there is none."""
    value = row.get(key)
    if not isinstance(value, str):
        raise UsageFault(f"{where}: there is no text `{key}`.", "Is it a file of this set?")
    return value


def _row(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageFault(f"{path}, line {number} is not JSON: {error.msg}.") from error
    if not isinstance(row, dict):
        raise UsageFault(f"{path}, line {number} is not a JSON object.")
    return row
