"""The door to the terminal: what commands print passes `plain`, whoever wrote it."""

from typing import Any

import click

from agentcli.plain import plain


def echo(text: str = "", *, nl: bool = True, err: bool = False) -> None:
    """Print a line."""
    click.echo(plain(text), nl=nl, err=err)


def secho(text: str, *, nl: bool = True, err: bool = False, **style: Any) -> None:
    """Print a line in a style of click's."""
    click.secho(plain(text), nl=nl, err=err, **style)


def escape(text: str) -> str:
    """Text for a line of rich's markup."""
    from rich.markup import escape as mark_literally  # rich takes long to import

    return mark_literally(plain(text))
