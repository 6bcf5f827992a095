"""`python -m tests.support.killed_in_study N COMMAND…`: a study that dies after its N-th write.

What counts are events of the journal and steps of the study's store; SIGKILL comes when the N-th
of both together is on disk, so a sweep over N meets every boundary between two of them.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from agentcli.cli.main import run_cli
from agentcli.compare.store import Store
from agentcli.journal.store import Journal

_STEPS = ((Journal, "append"), (Store, "begin"), (Store, "claim"), (Store, "score"))


def main() -> int:
    last, arguments = int(sys.argv[1]), sys.argv[2:]
    done = 0

    def deadly(step: Callable[..., Any]) -> Callable[..., Any]:
        def step_and_die(*given: Any) -> Any:
            nonlocal done
            outcome = step(*given)
            done += 1
            if done == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return outcome

        return step_and_die

    for owner, name in _STEPS:
        setattr(owner, name, deadly(getattr(owner, name)))
    return run_cli(arguments)


if __name__ == "__main__":
    sys.exit(main())
