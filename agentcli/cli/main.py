"""The command line: one small file per group of commands, imported when it is called."""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from agentcli import __version__
from agentcli.errors import AgentcliError, ExitCode
from agentcli.plain import plain

_EXIT_CODES = """\b
Exit codes:
  0    verified; or finished, when no test command was given
  1    finished, but not verified
  2    wrong usage, settings or repository state
  3    infrastructure: a model or engine can't be reached
  4    a limit (tokens, cost, steps, time) was reached
  130  interrupted
"""

# command → (module, attribute, help); the help stands here so that --help imports nothing else
_COMMANDS = {
    "run": ("agentcli.cli.run", "run", "Do a task in this repository."),
    "resume": ("agentcli.cli.run", "resume", "Go on with a run that was stopped."),
    "fork": ("agentcli.cli.run", "fork", "Take a run another way from one of its steps on."),
    "replay": ("agentcli.cli.run", "replay", "Run a recorded run again, without asking a model."),
    "message": ("agentcli.cli.message", "message", "Tell an agent at work something, or stop it."),
    "runs": ("agentcli.cli.look", "runs", "List the runs."),
    "show": ("agentcli.cli.look", "show", "Show a run: agents, steps, tokens, cost, verdict."),
    "diff": ("agentcli.cli.diff", "diff", "Show what a run changed."),
    "overrides": (
        "agentcli.cli.overrides",
        "overrides",
        "Show who overrode whose work, and if it helped.",
    ),
    "export": ("agentcli.cli.export", "export", "Write a run for other programs: ATIF."),
    "restore": ("agentcli.cli.restore", "restore", "Take an overridden version after all."),
    "apply": ("agentcli.cli.hand_over", "apply", "Put a run's result into the working tree."),
    "undo": ("agentcli.cli.hand_over", "undo", "Take an applied result back, exactly."),
    "rm": ("agentcli.cli.hand_over", "rm", "Delete a run: its record, its branch, its files."),
    "tasks": ("agentcli.cli.tasks", "tasks", "List tasks, and prove that they can be measured."),
    "batch": ("agentcli.cli.batch", "batch", "Do many tasks, without anybody watching."),
    "compare": ("agentcli.cli.compare", "compare", "Do the same tasks in several ways."),
    "demo": ("agentcli.cli.demo", "demo", "See it work, without a key and without a network."),
    "study": ("agentcli.cli.study", "study", "Run a ready study, such as the article's."),
    "doctor": ("agentcli.cli.doctor", "doctor", "Check what this machine needs, with the fixes."),
    "sandbox": ("agentcli.cli.sandbox", "sandbox", "Build the sandbox's image; remove leftovers."),
    "models": ("agentcli.cli.models", "models", "Show what models are configured and reachable."),
    "policies": ("agentcli.cli.policies", "policies", "List what a planner may be allowed."),
    "config": ("agentcli.cli.config", "config", "Show each setting, its value and its origin."),
    "completion": ("agentcli.cli.completion", "completion", "Print a shell's completion script."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in _COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXIT_CODES,
)
@click.version_option(__version__, prog_name="agentcli")
@click.option("--plain", "is_plain", is_flag=True, help="Lines of text instead of screens.")
@click.option(
    "--serve",
    "address",
    metavar="[HOST:]PORT",
    is_flag=False,
    flag_value="localhost",
    help="Open the application in a browser: pip install 'agentcli[serve]'.",
)
@click.pass_context
def cli(context: click.Context, is_plain: bool, address: str | None) -> None:
    """A coding agent for the terminal: one agent that splits its task, or a planner with coders.
    It works in a sandbox, on your repository.

    Without a command, on a terminal, it opens the application.

    \b
      agentcli demo                                   see it work, no key needed
      agentcli run "fix the failing test" --test "pytest -q"
      agentcli apply last                             take the result; undo takes it back
    """
    if context.invoked_subcommand is None:
        _open(context, is_plain, address)


def _open(context: click.Context, is_plain: bool, address: str | None) -> None:
    """What there is without a command: an application, in one of its shapes, or the help."""
    if is_plain:
        from agentcli.cli.talk import talk

        talk(run_cli)
    elif address is not None:
        from agentcli.cli.serve import serve

        serve(address)
    elif _on_a_screen():
        from agentcli.tui.app import AgentApp

        AgentApp(Path.cwd()).run()
    else:
        click.echo(context.get_help())


def _on_a_screen() -> bool:
    """A terminal, or a browser that textual-serve speaks for."""
    return "TEXTUAL_DRIVER" in os.environ or (sys.stdin.isatty() and sys.stdout.isatty())


def run_cli(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code. Every known error is one line with its fix."""
    try:
        code = cli.main(list(arguments), prog_name="agentcli", standalone_mode=False)
    except AgentcliError as error:
        print(f"agentcli: {plain(str(error))}", file=sys.stderr)
        return int(error.exit_code)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return int(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        print("agentcli: interrupted.", file=sys.stderr)
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone, e.g. `| head`
        sys.stderr.close()
        return int(ExitCode.OK)
    return int(code or 0)
