"""`compare`: the same tasks by several ways of working, and what may be concluded."""

from collections.abc import Sequence
from typing import Any

import click

from agentcli.cli.campaign import Wish, campaign_options, carry_out, say, way_options
from agentcli.cli.options import settings_from, tell_defaults
from agentcli.cli.study_report import tell
from agentcli.compare.arms import parse_arm


@tell_defaults
@click.command()
@click.argument("where", nargs=-1, required=True, metavar="TASKS...")
@click.option(
    "--arm",
    "arms",
    multiple=True,
    required=True,
    metavar="ARM",
    help="[NAME=]MODE[:KEY=VALUE,...], with any settings; may be repeated.",
)
@click.option("--seeds", type=click.IntRange(1), default=1, help="Trials of each task and arm.")
@click.option("--name", default="compare", show_default=True, help="The study's name.")
@campaign_options
@way_options
def compare(where: Sequence[str], arms: Sequence[str], seeds: int, name: str, **flags: Any) -> int:
    """Do all TASKS by each arm, interleaved and paired, at equal budgets.

    \b
      agentcli compare benchmarks/tasks --arm recursive --arm swarm:policy=evidence \\
        --arm big=swarm:policy=free,planner-model=M --seeds 3 --budget-tokens 200000

    The same command goes on where it was stopped, however it was stopped, and tries again what
    infrastructure failed. All other options hold for every arm.

    Exit code 0: every trial has a score, whatever it is; 3: some failed for infrastructure; 4: a
    cap over the study was reached; 130: interrupted.
    """
    wish = Wish.take(flags)
    base = settings_from(None, flags).settings
    done = carry_out(name, wish.tasks(where), [parse_arm(arm) for arm in arms], seeds, base, wish)
    say(done, wish, tell)
    return int(done.exit_code)
