"""Settings in layers: defaults < user file < project file < environment < flags."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentcli.errors import UsageFault

PROJECT_FILE = ".agentcli.toml"
ENV_PREFIX = "AGENTCLI_"

Matter = Literal["network", "host", "apply"]  # what a person is asked about


class Settings(BaseModel):
    """Everything that a run can be told. One flat table; the same names in files and as flags."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # models
    model: str | None = Field(None, description="litellm model name, or gguf:PATH")
    fallback_model: str | None = Field(None, description="taken when the model keeps failing")
    planner_model: str | None = Field(None, description="model of planning roles, else `model`")
    coder_model: str | None = Field(None, description="model of coding roles, else `model`")
    api_base: str | None = Field(None, description="base URL of an OpenAI-compatible server")
    reply_format: Literal["auto", "native", "fenced", "splice"] = Field(
        "auto", description="how the model writes tool calls"
    )
    temperature: float | None = Field(None, ge=0, description="sampling temperature")
    context_tokens: int | None = Field(None, ge=2048, description="context window, if unknown")
    model_timeout: float = Field(300, gt=0, description="seconds for one model call")
    model_retries: int = Field(4, ge=0, le=20, description="retries of a call that can heal")

    # the way of working
    mode: str = Field("recursive", description="solo, recursive, swarm or relay")
    test: str | None = Field(None, description="command that decides whether the task is done")
    setup: str | None = Field(None, description="command run in each new sandbox before work")
    protect: tuple[str, ...] = Field((), description="globs of paths that the verifier puts back")
    seed: int = Field(0, ge=0, description="recorded, and sent to models that take one")

    # planner and coders (modes swarm and relay)
    coders: int = Field(4, ge=1, le=64, description="coders at work at the same time")
    policy: str = Field("free", description="what the planner may do: a named policy")
    oversight: Literal["step", "checkpoint", "proposal"] | None = Field(
        None, description="when the planner sees a coder's work, else the policy's"
    )
    powers: tuple[Literal["message", "interrupt", "edit", "revert", "discard"], ...] | None = Field(
        None, description="what the planner may do to coders, else the policy's"
    )
    gate: Literal["open", "evidence", "vote", "human", "lottery"] | None = Field(
        None, description="what decides before an override is applied, else the policy's"
    )
    override_lottery: float | None = Field(
        None, ge=0, le=1, description="share of overrides that a lottery gate denies"
    )
    judges: int | None = Field(None, ge=1, le=9, description="judges of a vote gate")
    max_overrides: int | None = Field(None, ge=0, description="overrides that a planner may make")
    override_tokens: int | None = Field(
        None, ge=0, description="tokens that a planner may spend on overrides"
    )
    lease: float = Field(600, gt=0, description="seconds without a sign before a coder is given up")
    personas: bool = Field(False, description="solo with planner and coder personas in one context")

    # limits; one budget covers the whole tree of agents
    max_tokens: int | None = Field(5_000_000, gt=0, description="input + output tokens of the run")
    max_cost: float | None = Field(None, gt=0, description="US dollars of the run")
    max_steps: int | None = Field(200, gt=0, description="model calls of the run")
    max_time: float | None = Field(3600, gt=0, description="seconds of the run")
    max_depth: int = Field(3, ge=0, description="levels of delegation below the first agent")
    max_children: int = Field(6, ge=0, description="delegations of one agent")
    max_frames: int = Field(24, ge=0, description="delegations of the run")
    agent_steps: int = Field(60, gt=0, description="model calls of one agent")
    split_after: int = Field(2, ge=0, description="own steps before an agent may delegate")
    corrections: int = Field(5, ge=1, description="malformed replies in a row before giving up")

    # the sandbox
    sandbox: Literal["auto", "docker", "bubblewrap", "host"] = Field(
        "auto", description="isolation back-end"
    )
    image: str | None = Field(None, description="Docker image with python3 and git, else our own")
    network: bool = Field(False, description="open the network to commands")
    network_allow: tuple[str, ...] = Field(
        (), description="hosts that commands may reach, if closed"
    )
    memory_mb: int = Field(2048, ge=128, description="memory of a sandbox, MiB")
    cpus: float = Field(2, gt=0, description="processors of a sandbox")
    pids: int = Field(512, ge=16, description="processes of a sandbox")
    disk_mb: int = Field(4096, ge=16, description="disk that a sandbox may fill, MiB")
    command_timeout: float = Field(120, gt=0, description="seconds for one command, by default")
    history_commits: int = Field(50, ge=1, description="recent commits that the sandbox can see")

    # the person
    allow: tuple[Matter, ...] = Field(
        (), description="what the interface does without asking: network, host, apply"
    )


@dataclass(frozen=True)
class LoadedSettings:
    """Settings and, for each key, the layer it came from."""

    settings: Settings
    origins: Mapping[str, str]


def state_dir() -> Path:
    """Journal, run repositories: `$XDG_STATE_HOME/agentcli`."""
    return _xdg("XDG_STATE_HOME", platformdirs.user_state_path)


def cache_dir() -> Path:
    """What can be made again: codemap tags, images' hashes: `$XDG_CACHE_HOME/agentcli`."""
    return _xdg("XDG_CACHE_HOME", platformdirs.user_cache_path)


def user_file() -> Path:
    """The person's own settings: `$XDG_CONFIG_HOME/agentcli/config.toml`."""
    return _xdg("XDG_CONFIG_HOME", platformdirs.user_config_path) / "config.toml"


def project_root(path: Path) -> Path:
    """The top directory of the repository that a path lies in, else the path itself."""
    absolute = path.absolute()
    return next((d for d in (absolute, *absolute.parents) if (d / ".git").exists()), path)


def repository_at(path: Path) -> str | None:
    """The repository that a path lies in, as runs record it; None outside of any."""
    root = project_root(path)
    return str(root.resolve()) if (root / ".git").exists() else None


def load_settings(
    repo: Path | None,
    flags: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
) -> LoadedSettings:
    """Merge the layers. A flag that is None was not given.

    Raises UsageFault for an unknown key (naming the nearest known one) or a value that
    doesn't fit, always with the layer it came from.
    """
    environment = os.environ if environment is None else environment
    layers: list[tuple[str, Mapping[str, Any]]] = [(str(user_file()), _read_toml(user_file()))]
    if repo is not None:
        project = repo / PROJECT_FILE
        layers.append((str(project), _not_allowing_itself(_read_toml(project), project)))
    layers.append(("environment", _from_environment(environment)))
    layers.append(("flags", {k: v for k, v in flags.items() if v is not None}))

    merged: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.model_fields, "default")
    for origin, values in layers:
        for key, value in values.items():
            _check_key(key, origin)
            merged[key] = value
            origins[key] = origin
    return LoadedSettings(_made(merged, origins), origins)


def changed(settings: Settings, changes: Mapping[str, Any], origin: str) -> Settings:
    """The settings with some of them given anew by `origin`; a None changes nothing.

    Raises what `load_settings` raises.
    """
    given = {key: value for key, value in changes.items() if value is not None}
    for key in given:
        _check_key(key, origin)
    return _made({**settings.model_dump(), **given}, dict.fromkeys(given, origin))


def listed(key: str, text: str, separator: str = ",") -> str | list[str]:
    """A setting's value as it is typed: a list where the setting is one, else the text."""
    field = Settings.model_fields.get(key)
    if field is None or "tuple" not in str(field.annotation):
        return text
    return [part.strip() for part in text.split(separator) if part.strip()]


def _made(values: Mapping[str, Any], origins: Mapping[str, str]) -> Settings:
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        raise UsageFault(
            f"Setting `{key}` from {origins.get(key, 'flags')}: {first['msg']}.",
            f"It means: {Settings.model_fields[key].description}.",
        ) from error


def _xdg(variable: str, default: Any) -> Path:
    # An explicit XDG variable wins on every platform; platformdirs heeds it only on Linux.
    given = os.environ.get(variable)
    return Path(given) / "agentcli" if given else default("agentcli")


def _read_toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageFault(f"{path} is not valid TOML: {error}.") from error
    except OSError as error:
        raise UsageFault(f"{path} can't be read: {error.strerror}.") from error


def _not_allowing_itself(values: Mapping[str, Any], project: Path) -> Mapping[str, Any]:
    """A repository may come from a stranger, so what is allowed without a question is no part."""
    if "allow" in values:
        raise UsageFault(f"`allow` is set in {project}.", f"It counts only in {user_file()}.")
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in environment.items():
        key = name.removeprefix(ENV_PREFIX).lower()
        if not name.startswith(ENV_PREFIX):
            continue
        found[key] = listed(key, value)
    return found


def _check_key(key: str, origin: str) -> None:
    if key in Settings.model_fields:
        return
    near = difflib.get_close_matches(key, Settings.model_fields, n=1, cutoff=0.5)
    hint = f"Did you mean `{near[0]}`?" if near else "See `agentcli config` for all settings."
    raise UsageFault(f"Unknown setting `{key}` in {origin}.", hint)
