"""`config`: each setting, its value and which layer gave it."""

import json
from pathlib import Path

import click

from agentcli.cli.options import repo_option, settings_from
from agentcli.settings import PROJECT_FILE, Settings, user_file


@click.command()
@repo_option
@click.option("--changed", is_flag=True, help="Only what isn't a default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def config(repo: Path, changed: bool, as_json: bool) -> None:
    """Show each setting, its value, where it comes from and what it means.

    Later layers win: defaults, your file, the repository's .agentcli.toml, environment variables
    (AGENTCLI_MAX_STEPS=50), flags (--max-steps 50).
    """
    loaded = settings_from(repo, {})
    values = loaded.settings.model_dump(mode="json")
    names = [name for name in values if not changed or loaded.origins[name] != "default"]
    if as_json:
        shown = {
            name: {
                "value": values[name],
                "origin": loaded.origins[name],
                "meaning": Settings.model_fields[name].description,
            }
            for name in names
        }
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    rows = [(name, _text(values[name]), loaded.origins[name]) for name in names]
    _print_rows(rows)
    click.secho(f"your file: {user_file()} · the repository's: {PROJECT_FILE}", dim=True)


def _print_rows(rows: list[tuple[str, str, str]]) -> None:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for name, value, origin in rows:
        line = f"{name:<{widths[0]}}  {value:<{widths[1]}}  {origin:<{widths[2]}}"
        meaning = Settings.model_fields[name].description
        given = origin != "default"
        click.secho(line, bold=given, nl=False)
        click.secho(f"  {meaning}", dim=True)


def _text(value: object) -> str:
    match value:
        case None:
            return "-"
        case list():
            return ", ".join(map(str, value)) or "-"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
