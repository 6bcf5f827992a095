"""How long the report of many runs takes, from outcomes and runs on disk to each kind of file.

python benchmarks/report.py [RUNS]
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from agentcli.compare.outcome import Outcome  # noqa: E402
from agentcli.compare.report.evidence import gather  # noqa: E402
from agentcli.compare.report.html import to_html  # noqa: E402
from agentcli.compare.report.make import make_report  # noqa: E402
from agentcli.compare.report.markdown import to_markdown  # noqa: E402
from agentcli.compare.report.rows import to_csv, to_parquet  # noqa: E402
from agentcli.journal.store import Journal  # noqa: E402
from tests.support.simulated_arms import SimulatedArm, SimulatedStudy  # noqa: E402
from tests.support.simulated_runs import record  # noqa: E402

T = TypeVar("T")

_RUNS = 10_000
_ARMS = (
    SimulatedArm("solo", 0.5),
    SimulatedArm("recursive", 0.55, 30_000, 0.2, 900, infra=0.01),
    SimulatedArm("swarm-free", 0.5, 40_000, 0.4, 400),
    SimulatedArm("swarm-evidence", 0.6, 40_000, 0.1, 900),
)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else _RUNS
    outcomes = SimulatedStudy(_ARMS, runs // len(_ARMS)).outcomes
    with tempfile.TemporaryDirectory() as directory:
        os.environ["XDG_STATE_HOME"] = directory
        with Journal() as journal:
            record(outcomes, journal, Path(directory))
            _measure(outcomes, journal)


def _measure(outcomes: Sequence[Outcome], journal: Journal) -> None:
    print(f"load {os.getloadavg()[0]:.1f}; {len(outcomes):,} runs by {len(_ARMS)} arms")
    report = _timed("report", lambda: make_report("simulated", outcomes))
    evidence = _timed("agents and diffs", lambda: gather(outcomes, journal, "people"))
    assert all(found.patch for found in evidence.values()) and len(evidence) == len(outcomes)
    kinds: dict[str, Callable[[], str | bytes]] = {
        "html": lambda: to_html(report, evidence),
        "markdown": lambda: to_markdown(report),
        "csv": lambda: to_csv(report),
        "json": report.model_dump_json,
        "parquet": lambda: to_parquet(report),
    }
    for name, make in kinds.items():
        content = _timed(name, make)
        print(f"  {len(content) / 1e6:.1f} MB")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


def _timed(name: str, act: Callable[[], T]) -> T:
    wall, own = time.perf_counter(), _computed()
    made = act()
    print(f"{name}: {time.perf_counter() - wall:.1f} s, {_computed() - own:.1f} s of CPU")
    return made


def _computed() -> float:
    """Seconds of processor time, with those of git."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main()
