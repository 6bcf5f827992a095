"""`batch`: do many tasks, without anybody watching."""

from collections.abc import Sequence
from typing import Any

import click

from agentcli.cli.campaign import Wish, campaign_options, carry_out, plain_table, say, way_options
from agentcli.cli.options import settings_from, tell_defaults
from agentcli.compare.arms import Arm
from agentcli.errors import ExitCode


@tell_defaults
@click.command()
@click.argument("where", nargs=-1, required=True, metavar="TASKS...")
@click.option("--mode", metavar="MODE", help="solo, recursive, swarm or relay.")
@click.option("--seeds", type=click.IntRange(1), default=1, help="Tries of each task.")
@campaign_options
@way_options
def batch(where: Sequence[str], seeds: int, **flags: Any) -> int:
    """Do all TASKS, each in a repository and a sandbox of its own.

    TASKS are task files, folders of them, or IMPORTER:PATH (docs/tasks.md). The same command goes
    on where it was stopped, however it was stopped, and tries again what infrastructure failed.

    Exit code 0: all are solved; 1: all were carried out, not all are solved; 3: some failed for
    infrastructure; 4: a cap over the batch was reached; 130: interrupted.
    """
    wish = Wish.take(flags)
    base = settings_from(None, flags).settings
    arm = Arm(name=base.mode, changes={"mode": base.mode})
    done = carry_out("batch", wish.tasks(where), [arm], seeds, base, wish)
    say(done, wish, plain_table)
    if done.exit_code == ExitCode.OK and done.standing.failed:
        return int(ExitCode.NOT_VERIFIED)
    return int(done.exit_code)
