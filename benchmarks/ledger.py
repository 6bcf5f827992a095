"""How long detection takes: one delegation of 2,000 lines in a repository of 5,000 files.

python benchmarks/ledger.py
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from agentcli.delegation.ledger.detect import detect  # noqa: E402
from tests.delegation.corpus.edits import write  # noqa: E402
from tests.delegation.corpus.history import History  # noqa: E402
from tests.delegation.corpus.programs import PROGRAMS  # noqa: E402
from tests.delegation.corpus.repository import Repository  # noqa: E402

_FILES, _FUNCTIONS, _REPEATS = 5_000, 400, 5


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        history = _history(Path(directory))
        record, git = history.record(), history.repository.git
        times = []
        for _ in range(_REPEATS):
            begun = time.perf_counter()
            ledger = detect(record, git)
            times.append(time.perf_counter() - begun)
    kinds = ", ".join(entry.kind for entry in ledger.entries)
    print(f"load {os.getloadavg()[0]:.1f}; {ledger.delegations[0].units} units; found: {kinds}")
    print(f"detection: median {statistics.median(times):.2f} s, {min(times):.2f}-{max(times):.2f}")


def _history(directory: Path) -> History:
    history = History(Repository(directory / "run.git"), PROGRAMS[0])
    others = [write(f"lib/p{n // 100}/m{n}.py", f"VALUE = {n}\n") for n in range(_FILES)]
    history.starts_with(*others)
    child = history.delegates()
    child.writes(write("src/large.py", _program(_FUNCTIONS, 0)))
    child.proposes()
    history.lands(child)
    history.parent(write("src/large.py", _program(_FUNCTIONS, 40)))
    child.closes()
    return history


def _program(functions: int, changed: int) -> str:
    """Functions of five lines; the first `changed` are written another way."""
    return "\n".join(
        f"def work_{n}(value):\n"
        f"    size = value + {n}\n"
        f"    share = size * {'3' if n < changed else '2'}\n"
        f"    rate = share - {n % 7}\n"
        f"    return rate\n"
        for n in range(functions)
    )


if __name__ == "__main__":
    main()
