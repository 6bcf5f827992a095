"""`models`: what is configured, what is reachable, and which model a run would take."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from agentcli.cli.options import repo_option, settings_from
from agentcli.errors import AgentcliError, ExitCode
from agentcli.models.discover import Source
from agentcli.settings import LoadedSettings, Settings


@dataclass(frozen=True)
class Taken:
    """The model that a run would take, or why it can't have one. `note` is for people."""

    ready: bool
    model: str | None
    api_base: str | None
    note: str
    fix: str = ""


@click.command()
@repo_option
@click.option("--model", metavar="M", help="Look as if this one were named.")
@click.option("--api-base", metavar="URL", help="Look as if this server were named.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def models(repo: Path, model: str | None, api_base: str | None, as_json: bool) -> int:
    """Show the providers and local servers, and which model a run here would take.

    Exit code 0: there is one; 3: there is none. A key's presence is looked at, not its validity.
    """
    loaded = settings_from(repo, {"model": model, "api_base": api_base})
    would, sources = asyncio.run(_look(loaded))
    if as_json:
        data = {"taken": asdict(would), "sources": [asdict(source) for source in sources]}
        click.echo(json.dumps(data, ensure_ascii=False))
    else:
        _print_text(would, sources)
    return int(ExitCode.OK if would.ready else ExitCode.INFRA)


async def taken(loaded: LoadedSettings) -> Taken:
    """Which model these settings come to, found without asking it anything that costs."""
    from agentcli.models.build import resolve_models
    from agentcli.models.discover import discover

    try:
        if loaded.settings.model is None and loaded.settings.api_base is None:
            found = await discover()
            unasked = ", not checked" if found.api_base is None else ""
            return Taken(True, found.model, found.api_base, found.why + unasked)
        settings = await resolve_models(loaded.settings)
    except AgentcliError as error:
        named = loaded.settings
        return Taken(False, named.model, named.api_base, error.message, error.fix)
    layer = loaded.origins["model" if loaded.settings.model else "api_base"]
    ready, note, fix = await _reachable(settings)
    note = f"{note}; named by {layer}" if ready else f"{settings.model}: {note}."
    return Taken(ready, settings.model, settings.api_base, note, fix)


async def _look(loaded: LoadedSettings) -> tuple[Taken, list[Source]]:
    from agentcli.models.discover import available

    return await asyncio.gather(taken(loaded), available())


async def _reachable(settings: Settings) -> tuple[bool, str, str]:
    """Whether a named model has its key or its server, as far as that can be told for free."""
    from agentcli.models.local import PREFIX
    from agentcli.models.providers import BY_NAME, PROVIDERS, has_key
    from agentcli.models.serving import served

    name = settings.model or ""
    provider = BY_NAME.get(name.partition("/")[0])
    if name.startswith(PREFIX):
        return True, "the file is there", ""
    # `openai/NAME` at a server of one's own speaks OpenAI's API, and needs no key of OpenAI's.
    if settings.api_base is not None and (provider is None or provider.name == "openai"):
        answers = await served(settings.api_base) is not None
        said = "answers" if answers else "doesn't answer"
        return answers, f"{settings.api_base} {said}", "Start it, or check --api-base."
    if provider is None and "/" not in name:  # claude-…, gpt-…: litellm knows whose they are
        stem = name.partition("-")[0]
        whose = [p for p in PROVIDERS if p.default_model.partition("-")[0] == stem]
        provider = whose[0] if whose else None
    if provider is None:
        return True, "its key can't be checked here", ""
    if has_key(provider):
        return True, f"{provider.key} is set, not checked", ""
    return False, f"{provider.key} is not set", "Set it, or name another model."


def _print_text(would: Taken, sources: Sequence[Source]) -> None:
    if would.ready:
        click.secho(f"A run here takes {would.model}", fg="green", bold=True, nl=False)
        click.echo(f" ({would.note})")
    else:
        click.secho(would.note, fg="red", bold=True)
        click.secho(f"→ {would.fix}", fg="red")
    for source in sources:
        mark = click.style("✓", fg="green") if source.ready else click.style("-", dim=True)
        names = ", ".join(source.models) or (source.default if source.ready else "")
        click.echo(f"{mark} {source.title:<14} {source.detail}  {names}".rstrip())
