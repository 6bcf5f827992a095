"""How long the report of many runs takes, from outcomes to each kind of file.

python benchmarks/report.py [RUNS]
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from agentcli.compare.report.html import to_html  # noqa: E402
from agentcli.compare.report.make import make_report  # noqa: E402
from agentcli.compare.report.markdown import to_markdown  # noqa: E402
from agentcli.compare.report.rows import to_csv, to_parquet  # noqa: E402
from tests.support.simulated_arms import SimulatedArm, SimulatedStudy  # noqa: E402

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
    print(f"load {os.getloadavg()[0]:.1f}; {len(outcomes):,} runs by {len(_ARMS)} arms")
    report = _timed("report", lambda: make_report("simulated", outcomes))
    kinds: dict[str, Callable[[], str | bytes]] = {
        "html": lambda: to_html(report),
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
    wall, own = time.perf_counter(), time.process_time()
    made = act()
    print(f"{name}: {time.perf_counter() - wall:.1f} s, {time.process_time() - own:.1f} s of CPU")
    return made


if __name__ == "__main__":
    main()
