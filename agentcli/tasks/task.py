"""What a task is: what an agent finds and is told, and the command that decides about its work.

A task is plain data that points at files; nothing is read or copied before it is materialised.
"""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from agentcli.agents.scope import covers

_TIMEOUT = 120.0  # seconds for one verdict, unless the task says otherwise


def _resolve(path: Path, info: ValidationInfo) -> Path:
    """Paths in a task file start at the file's folder, which is the context's `base`."""
    if info.context is None:
        return path
    found: Path = info.context["base"] / path.expanduser()
    if not found.exists():
        raise ValueError(f"there is no {found}")
    return found.resolve()


Place = Annotated[Path, AfterValidator(_resolve)]
Text = Annotated[str, Field(min_length=1)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Layer(_Data):
    """Files to lay over others: all of a folder or of a commit, then single ones, then a patch."""

    folder: Place | None = Field(None, description="a folder, with all below it")
    repository: Place | None = Field(None, description="a git repository on this machine")
    commit: str = Field("HEAD", description="which of its commits")
    without: tuple[str, ...] = Field((), description="globs that the folder or commit leaves out")
    copies: dict[str, Place] = Field({}, description="path in the task → the file to copy")
    files: dict[str, str] = Field({}, description="path in the task → the file's text")
    patch: str = Field("", description="a patch as git writes it, applied last")

    @model_validator(mode="after")
    def _one_base(self) -> Self:
        if self.folder and self.repository:
            raise ValueError("give a folder or a repository, not both")
        return self

    def leaves_out(self, path: str) -> bool:
        """Whether `without` covers a path of the folder or commit."""
        return any(covers(glob, path) for glob in self.without)


class Limits(_Data):
    """Budgets of one try, by the names that settings have; None leaves it to the settings."""

    max_tokens: int | None = Field(None, gt=0, description="input + output tokens")
    max_cost: float | None = Field(None, gt=0, description="US dollars")
    max_steps: int | None = Field(None, gt=0, description="model calls")
    max_time: float | None = Field(None, gt=0, description="seconds")


class Part(_Data):
    """A piece that one coder can take on while others do the rest."""

    name: Text = Field(description="a word for it")
    goal: Text = Field(description="what to do, with the interface that the others rely on")
    paths: tuple[str, ...] = Field(min_length=1, description="globs of the files it may change")
    check: str | None = Field(None, description="command that passes when this part is done")


class Task(_Data):
    """One thing to do, with everything needed to start it and to judge it.

    `hidden` files are laid over an agent's result before the verdict and never shown to it;
    `reference` (and then `solve`, a command) makes the tree that the verifier must accept.
    """

    id: str = Field(pattern=r"^[A-Za-z0-9][\w.+-]*$", description="its name, unique in a set")
    prompt: Text = Field(description="what the agent is told")
    start: Layer = Field(description="the files that an agent finds")
    verify: Text = Field(description="command that decides: exit code 0 means solved")
    check: str | None = Field(None, description="command that the agent may decide by, if another")
    setup: str | None = Field(None, description="command run first in each new sandbox")
    hidden: Layer | None = Field(None, description="files that only the verifier sees")
    protect: tuple[str, ...] = Field((), description="globs that the verifier puts back")
    reference: Layer | None = Field(None, description="the solution's files, laid over the start")
    solve: str | None = Field(None, description="command that solves it, run after `reference`")
    image: str | None = Field(None, description="Docker image with python3, bash and git")
    dockerfile: Place | None = Field(None, description="or what to build one from")
    network: bool = Field(False, description="open the network to commands")
    timeout: float = Field(_TIMEOUT, gt=0, description="seconds for one verdict")
    limits: Limits = Field(Limits(), description="budgets of one try")
    tags: tuple[str, ...] = Field((), description="words to select by")
    parts: tuple[Part, ...] = Field((), description="pieces that coders can share")

    @model_validator(mode="after")
    def _one_image(self) -> Self:
        if self.image and self.dockerfile:
            raise ValueError("give an image or a dockerfile, not both")
        return self

    @property
    def agents_check(self) -> str | None:
        """The command that an agent may decide by: its own, else the verifier's if that can work
        for it, which it can't where files are hidden."""
        return self.check or (None if self.hidden else self.verify)

    @property
    def solvable(self) -> bool:
        """Whether there is a reference to prove the verifier with."""
        return self.reference is not None or self.solve is not None

    def settings(self, image: str | None = None) -> dict[str, Any]:
        """What this task says of a run's settings; a None is left to the other layers.

        `image` is what `dockerfile` was built to.
        """
        return {
            **self.limits.model_dump(),
            "test": self.verify,
            "setup": self.setup,
            "protect": self.protect or None,
            "image": image or self.image,
            "network": self.network or None,
            "command_timeout": self.timeout,
        }
