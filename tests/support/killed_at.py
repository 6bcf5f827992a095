"""`python -m tests.support.killed_at N COMMAND…`: agentcli that dies right after its N-th event.

SIGKILL comes when the event is on disk and before anything else happens, so a sweep over N meets
every boundary between two events.
"""

import os
import signal
import sys

from agentcli.cli.main import run_cli
from agentcli.journal.store import Journal


def main() -> int:
    last, arguments = int(sys.argv[1]), sys.argv[2:]
    append, written = Journal.append, 0

    def append_and_die(self: Journal, *event: object) -> object:
        nonlocal written
        done = append(self, *event)  # type: ignore[arg-type]
        written += 1
        if written == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    Journal.append = append_and_die  # type: ignore[assignment,method-assign]
    return run_cli(arguments)


if __name__ == "__main__":
    sys.exit(main())
