"""The errors a person can meet: each is one clear line, with the fix, and has an exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller. Documented in `agentcli --help` and the README."""

    OK = 0  # verified; or finished, when no test command was given
    NOT_VERIFIED = 1  # finished, but the test command fails
    USAGE = 2  # wrong arguments, settings or repository state
    INFRA = 3  # a model or an engine could not be reached
    LIMIT = 4  # a limit on tokens, money, steps, time or depth was reached
    INTERRUPTED = 130  # Ctrl-C


class AgentcliError(Exception):
    """Base of the family. `message` says what happened, `fix` what to do about it."""

    exit_code = ExitCode.INFRA

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class UsageFault(AgentcliError):
    """The person asked for something that can't be done as asked."""

    exit_code = ExitCode.USAGE


class RepositoryFault(UsageFault):
    """The repository is in a state that agentcli won't work on or write to."""


class InfraFault(AgentcliError):
    """Something that the run depends on failed; never the model's or the task's fault."""


class ModelFault(InfraFault):
    """A provider can't be reached, refuses the key, or keeps failing."""


class SandboxFault(InfraFault):
    """The sandbox can't be built, or its channel broke."""


class ResumeDiverged(InfraFault):
    """The code took another path than the journal recorded, so it can't be continued from it."""


class LimitReached(AgentcliError):
    """A limit stopped the work. `limit` is its setting's name; `scope` is `run` or an agent id."""

    exit_code = ExitCode.LIMIT

    def __init__(self, limit: str, value: float, scope: str = "run") -> None:
        super().__init__(
            f"Limit reached: {limit} = {value:g}.", f"Raise it with --{limit.replace('_', '-')}."
        )
        self.limit = limit
        self.value = value
        self.scope = scope
