"""`message`: a person's words to an agent at work."""

import click

from agentcli.cli.options import named_run, run_argument
from agentcli.journal.store import Journal


@click.command()
@run_argument
@click.argument("agent")
@click.argument("text", default="")
@click.option("--now", is_flag=True, help="Break off the reply that it waits for.")
@click.option("--stop", is_flag=True, help="Stop it, and the agents below it.")
def message(run: str, agent: str, text: str, now: bool, stop: bool) -> None:
    """Tell AGENT of RUN something while it works, as `1` or `1.2`; it hears before its next step.

    \b
      agentcli message last 1 "keep the old name, too"
      agentcli message last 1.2 --stop "not needed any more"
    """
    from agentcli.runs.mail import Way, say

    if not text.strip() and not stop:
        raise click.UsageError("There is no text to tell.")
    with Journal() as journal:
        run_id = named_run(journal, run)
        way: Way = "interrupt" if stop else "redirect" if now else "message"
        for sent in say(run_id, agent, way, text, journal):
            click.echo(f"Sent to agent {sent.to}. It is heard before the next step.")
