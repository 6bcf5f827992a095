"""`sandbox build` and `sandbox sweep`: the image, and what dead runs left behind."""

import asyncio

import click

from agentcli.plain import counted


@click.group()
def sandbox() -> None:
    """Build the sandbox's image; remove leftovers."""


@sandbox.command()
def build() -> None:
    """Make the image that commands run in, unless it is there. Takes about a minute.

    From a registry when one answers, else from this system's Debian packages. Prints its name.
    """
    from agentcli.sandbox import image

    def tell(line: str) -> None:
        click.secho(line, err=True, dim=True)

    click.echo(asyncio.run(image.build(tell)))


@sandbox.command()
def sweep() -> None:
    """Remove the containers and directories of runs that are dead."""
    from agentcli.sandbox.select import sweep_all

    count = asyncio.run(sweep_all())
    click.echo(f"Removed {counted(count, 'leftover')}.")
