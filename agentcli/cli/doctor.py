"""`doctor`: whether this machine has what a run needs, and the fix for what it lacks."""

import asyncio
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import click

from agentcli.cli.models import taken
from agentcli.cli.options import repo_option, settings_from
from agentcli.errors import AgentcliError, ExitCode, SandboxFault
from agentcli.journal.store import Journal
from agentcli.settings import LoadedSettings, Settings, state_dir

State = Literal["ok", "warning", "missing"]

_PYTHON = (3, 11)
_GIT = (2, 34)
_LITTLE_SPACE = 2 * 2**30  # bytes: worth a warning
_NO_SPACE = 200 * 2**20  # bytes: a run would soon fail
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "missing": ("✗", "red")}


@dataclass(frozen=True)
class Finding:
    """One thing that was checked. `missing` stops a run, `warning` doesn't."""

    name: str
    state: State
    detail: str
    fix: str = ""


@click.command()
@repo_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def doctor(repo: Path, as_json: bool) -> int:
    """Check what a run needs here, with the fix for what is missing. Exit code 0: it can work."""
    loaded = settings_from(repo, {})
    findings = asyncio.run(_examine(loaded, repo))
    works = all(finding.state != "missing" for finding in findings)
    if as_json:
        data = {"ready": works, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(data, ensure_ascii=False))
    else:
        _print_text(findings, works)
    return int(ExitCode.OK if works else ExitCode.INFRA)


async def _examine(loaded: LoadedSettings, repo: Path) -> list[Finding]:
    sandbox, model = await asyncio.gather(_sandbox(loaded.settings), _model(loaded))
    found = [_python(), _git(), *sandbox, model, _journal(), _space(), _repository(repo)]
    return [replace(one, fix="") if one.state == "ok" else one for one in found]


def _python() -> Finding:
    wanted = ".".join(map(str, _PYTHON))
    state: State = "ok" if sys.version_info >= _PYTHON else "missing"
    return Finding("python", state, platform.python_version(), f"Install Python {wanted} or newer.")


def _git() -> Finding:
    fix = f"Install git {'.'.join(map(str, _GIT))} or newer."
    try:
        said = subprocess.run(["git", "--version"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("git", "missing", f"can't be run: {error}", fix)
    version = re.search(r"(\d+)\.(\d+)\S*", said.stdout)
    if version is None:
        return Finding("git", "missing", said.stdout.strip() or said.stderr.strip(), fix)
    enough = (int(version[1]), int(version[2])) >= _GIT
    return Finding("git", "ok" if enough else "missing", version[0], fix)


# ---- isolation ----------------------------------------------------------------------------


async def _sandbox(settings: Settings) -> list[Finding]:
    """The back-ends that the settings allow; one that works makes the others' absence harmless."""
    match settings.sandbox:
        case "docker":
            return await _docker(settings)
        case "bubblewrap":
            return [await _bubblewrap()]
        case "host":
            warning = "commands run as you, without isolation (by your settings)"
            return [Finding("sandbox", "warning", warning, "Set sandbox = auto.")]
    docker, bubblewrap = await asyncio.gather(_docker(settings), _bubblewrap())
    if docker[0].state == "ok":  # a run takes the engine, so its image is needed
        return [*docker, _harmless(bubblewrap)]
    return (
        [*map(_harmless, docker), bubblewrap] if bubblewrap.state == "ok" else [*docker, bubblewrap]
    )


async def _docker(settings: Settings) -> list[Finding]:
    from agentcli.sandbox import image
    from agentcli.sandbox.engine import connect

    try:
        api = await asyncio.to_thread(connect)
        version = (await asyncio.to_thread(api.version)).get("Version", "?")
        api.close()
        if settings.image is not None:
            named = Finding("image", "ok", f"{settings.image} (from your settings, not checked)")
            return [Finding("docker", "ok", f"engine {version}"), named]
        tag = await image.find()
    except SandboxFault as fault:
        return [Finding("docker", "missing", fault.message, fault.fix)]
    found: State = "ok" if tag else "missing"
    detail = tag or "the sandbox's image is not built"
    return [
        Finding("docker", "ok", f"engine {version}"),
        Finding("image", found, detail, "Run: agentcli sandbox build"),
    ]


async def _bubblewrap() -> Finding:
    from agentcli.sandbox.bubblewrap import BubblewrapBackend

    complaint = await BubblewrapBackend().available()
    if complaint is None:
        return Finding("bubblewrap", "ok", "works")
    problem, _, fix = complaint.partition(". ")
    return Finding("bubblewrap", "missing", problem, fix)


def _harmless(finding: Finding) -> Finding:
    if finding.state != "missing":
        return finding
    return replace(finding, state="warning", detail=f"{finding.detail.rstrip('.')} (not needed)")


# ---- the rest -----------------------------------------------------------------------------


async def _model(loaded: LoadedSettings) -> Finding:
    would = await taken(loaded)
    if would.ready:
        return Finding("model", "ok", f"{would.model} ({would.note})")
    return Finding("model", "missing", would.note, would.fix)


def _journal() -> Finding:
    try:
        with Journal() as journal:
            writable = os.access(journal.path, os.W_OK)
            detail = f"{journal.path}, {len(journal.run_ids())} runs"
    except AgentcliError as fault:
        return Finding("journal", "missing", fault.message, fault.fix)
    return Finding("journal", "ok" if writable else "missing", detail, "Make it writable for you.")


def _space() -> Finding:
    place = next(p for p in (state_dir(), *state_dir().parents) if p.exists())
    free = shutil.disk_usage(place).free
    state: State = "missing" if free < _NO_SPACE else "warning" if free < _LITTLE_SPACE else "ok"
    fix = "Free some, or remove old runs: agentcli rm RUN."
    return Finding("disk", state, f"{free / 2**30:.1f} GiB free at {place}", fix)


def _repository(path: Path) -> Finding:
    from agentcli.workspace.repository import open_repository, refuse_unfinished

    try:
        repository = open_repository(path)
        refuse_unfinished(repository)
    except AgentcliError as fault:
        return Finding("repository", "warning", fault.message, fault.fix)
    commit, branch = repository.head()
    where = f"on {branch}" if branch else "detached"
    return Finding("repository", "ok", f"{repository.root}, {where if commit else 'no commit yet'}")


def _print_text(findings: Iterable[Finding], works: bool) -> None:
    for finding in findings:
        mark, color = _MARKS[finding.state]
        click.echo(f"{click.style(mark, fg=color)} {finding.name:<11} {finding.detail}")
        if finding.fix:
            click.secho(f"  {'':<11} → {finding.fix}", fg=color)
    verdict = "A run can work here." if works else "A run can't work here yet; see ✗ above."
    click.secho(verdict, fg="green" if works else "red", bold=True)
