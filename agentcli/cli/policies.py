"""`policies`: the named policies and what each of them sets."""

import click

from agentcli.delegation.policy import POWERS, PRESETS, Policy


@click.command()
def policies() -> None:
    """List the named policies: what a planner sees of its coders and may do to them."""
    width = max(map(len, PRESETS))
    for name, policy in PRESETS.items():
        click.secho(f"{name:<{width}}", bold=True, nl=False)
        click.echo(f"  sees each {policy.oversight:<10}  {_rest(policy)}")


def _rest(policy: Policy) -> str:
    powers = [power for power in POWERS if policy.allows(power)]
    said = ["all powers" if len(powers) == len(POWERS) else ", ".join(powers) or "no powers"]
    said.append(f"{policy.gate} gate")
    if policy.edits == "before_delegating":
        said.append("edits only before the first delegation")
    if policy.scoped:
        said.append("a path scope for each coder")
    if policy.one_writer:
        said.append("one coder at a time")
    if policy.constitution:
        said.append("and the prompt asks for restraint")
    return " · ".join(said)
