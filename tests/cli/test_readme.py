"""What the README says of the commands is what there is."""

import re
from pathlib import Path

import click

from agentcli.cli.main import cli

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def told() -> set[str]:
    """The commands in the first column of the README's table, subcommands as two words."""
    table = README.partition("## Commands")[2].partition("\n## ")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {
        " ".join(re.findall(r"\b[a-z]+\b", name))
        for one in firsts
        for name in re.findall(r"`([^`]+)`", one)
    }


def there() -> set[str]:
    context = click.Context(cli)
    names = set()
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        below = command.commands if isinstance(command, click.Group) else {}
        names |= {f"{name} {each}" for each in below} or {name}
    return names


def test_the_table_has_every_command_and_no_other() -> None:
    assert told() == there()
