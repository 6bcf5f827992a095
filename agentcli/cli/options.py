"""Options that several commands share, and how they become settings."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from agentcli.journal.store import Journal
from agentcli.settings import LoadedSettings, Settings, load_settings, project_root, repository_at

F = TypeVar("F", bound=Callable[..., Any])

_MODEL_OPTIONS = (
    click.option("--model", metavar="M", help="Model: a litellm name, or gguf:PATH."),
    click.option("--fallback-model", metavar="M", help="Taken when the model keeps failing."),
    click.option("--coder-model", metavar="M", help="Model of the coding roles."),
    click.option("--planner-model", metavar="M", help="Model of the planning roles."),
    click.option("--api-base", metavar="URL", help="An OpenAI-compatible server."),
    click.option(
        "--reply-format",
        type=click.Choice(["auto", "native", "fenced", "splice"]),
        help="How the model writes tool calls.",
    ),
    click.option("--temperature", type=float, help="Sampling temperature."),
)

_LIMIT_OPTIONS = (
    click.option("--max-tokens", type=int, metavar="N", help="Input + output tokens of the run."),
    click.option("--max-cost", type=float, metavar="USD", help="US dollars of the run."),
    click.option("--max-steps", type=int, metavar="N", help="Model calls of the run."),
    click.option("--max-time", type=float, metavar="S", help="Seconds of the run."),
    click.option("--max-depth", type=int, metavar="N", help="Levels of delegation."),
)


def _powers(_ctx: click.Context, _param: click.Parameter, given: str | None) -> list[str] | None:
    """`a,b` as a list; `none` as an empty one."""
    if given is None:
        return None
    names = [name.strip() for name in given.split(",") if name.strip()]
    return [] if names == ["none"] else names


# What may be given anew on resume. The rest of a policy can't change in the middle of a run, or
# what was measured under the one would be counted for the other.
_TEAM_OPTIONS = (
    click.option("--coders", type=int, metavar="N", help="Coders at work at the same time."),
    click.option("--max-overrides", type=int, metavar="N", help="Overrides of the planner."),
    click.option(
        "--override-tokens", type=int, metavar="N", help="Tokens it may spend on overrides."
    ),
)

_POLICY_OPTIONS = (
    click.option("--policy", metavar="NAME", help="What the planner may do: agentcli policies."),
    click.option(
        "--oversight",
        type=click.Choice(["step", "checkpoint", "proposal"]),
        help="When the planner sees a coder's work.",
    ),
    click.option(
        "--powers",
        metavar="A,B",
        callback=_powers,
        help="Of message, interrupt, edit, revert, discard; or none.",
    ),
    click.option(
        "--gate",
        type=click.Choice(["open", "evidence", "vote", "human", "lottery"]),
        help="What decides before an override is applied.",
    ),
    click.option(
        "--override-lottery", type=float, metavar="P", help="Share that a lottery gate denies."
    ),
    click.option("--judges", type=int, metavar="K", help="Judges of a vote gate."),
    click.option(
        "--personas/--no-personas",
        default=None,
        help="Mode solo: planner and coder personas in one context.",
    ),
)

_SANDBOX_OPTIONS = (
    click.option(
        "--sandbox",
        type=click.Choice(["auto", "docker", "bubblewrap", "host"]),
        help="Isolation. `host` is none at all.",
    ),
    click.option("--image", metavar="NAME", help="Docker image with python3 and git."),
    click.option("--network/--no-network", default=None, help="Open the network to commands."),
    click.option("--setup", metavar="CMD", help="Run in each new sandbox before the work."),
)


def _stack(options: tuple[Callable[[F], F], ...]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        return functools.reduce(lambda f, option: option(f), reversed(options), function)

    return decorate


def model_options(function: F) -> F:
    """--model and its kin."""
    return _stack(_MODEL_OPTIONS)(function)


def limit_options(function: F) -> F:
    """--max-tokens and its kin."""
    return _stack(_LIMIT_OPTIONS)(function)


def team_options(function: F) -> F:
    """--coders and the quota of overrides."""
    return _stack(_TEAM_OPTIONS)(function)


def policy_options(function: F) -> F:
    """--policy and its kin."""
    return _stack(_POLICY_OPTIONS)(function)


def sandbox_options(function: F) -> F:
    """--sandbox and its kin."""
    return _stack(_SANDBOX_OPTIONS)(function)


def repo_option(function: F) -> F:
    """--repo, the repository to work on."""
    return click.option(
        "--repo",
        type=click.Path(path_type=Path, file_okay=False),
        default=".",
        show_default=True,
        help="The repository.",
    )(function)


def output_option(function: F) -> F:
    """--output: for people, one JSON object, or a JSON line for each event."""
    return click.option(
        "--output",
        "-o",
        type=click.Choice(["text", "json", "stream-json"]),
        default="text",
        show_default=True,
        help="What standard output gets.",
    )(function)


# What it means that a setting is not given, where that is more than "none".
_UNSET = {
    "model": "the first that is found",
    **dict.fromkeys(("coder_model", "planner_model"), "as --model"),
    **dict.fromkeys(("api_base", "temperature"), "the provider's own"),
    **dict.fromkeys(("oversight", "powers", "gate", "override_lottery", "judges"), "the policy's"),
    "image": "agentcli's own",
}


def tell_defaults(command: click.Command) -> click.Command:
    """Let the help of each option that is a setting say what holds when it isn't given.

    The default can't be the option's own: then settings files would never be heard.
    """
    for option in command.params:
        field = Settings.model_fields.get(option.name or "")
        if field is not None and isinstance(option, click.Option):
            option.help = f"{option.help}  [default: {_default(str(option.name), field.default)}]"
    return command


def _default(name: str, value: object) -> str:
    match value:
        case None:
            return _UNSET.get(name, "none")
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def complete_run(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Run ids for the shell's completion."""
    with Journal() as journal:
        return [run for run in ("last", *journal.run_ids()) if run.startswith(incomplete)]


def here() -> str | None:
    """The repository that the person stands in; None outside of any."""
    return repository_at(Path.cwd())


def named_run(journal: Journal, name: str) -> str:
    """The run that a person means by an id, a beginning of one, or `last`. Raises UsageFault."""
    return journal.find_run(name, here())


def run_argument(function: F) -> F:
    """RUN: a unique prefix of a run's id, or `last`."""
    return click.argument("run", metavar="RUN", shell_complete=complete_run)(function)


def settings_from(repo: Path | None, flags: dict[str, Any]) -> LoadedSettings:
    """The merged settings, read from the repository's top directory when there is one."""
    return load_settings(project_root(repo) if repo else None, flags)
