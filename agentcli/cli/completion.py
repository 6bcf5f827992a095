"""`completion`: the script that makes a shell complete commands, options and run ids."""

import click

_HOW = {
    "bash": 'eval "$(agentcli completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(agentcli completion zsh)"    in ~/.zshrc',
    "fish": "agentcli completion fish | source   in ~/.config/fish/config.fish",
}


@click.command(epilog="\b\n" + "\n".join(_HOW.values()))
@click.argument("shell", type=click.Choice(list(_HOW)))
def completion(shell: str) -> None:
    """Print the completion script of SHELL."""
    from click.shell_completion import get_completion_class

    from agentcli.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None, "click knows all three"
    click.echo(kind(cli, {}, "agentcli", "_AGENTCLI_COMPLETE").source())
