"""The one door to git on the host: fixed configuration, clean environment, faults in one line.

Two kinds of repository pass through it. A *store* is a bare repository that agentcli owns: git
sees no configuration but ours. A *working* repository is the person's: their configuration
counts (filters, line endings), but no hook runs, nothing prompts, and nothing is fetched or
collected on the side.
"""

import os
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agentcli.errors import AgentcliError, InfraFault, RepositoryFault

TIMEOUT = 600.0  # seconds; git is never meant to come near it

_CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.splitIndex": "false",  # or a temporary index would write into the person's .git
    "core.safecrlf": "false",  # a warning about line endings must not stop a snapshot
    "core.looseCompression": "1",
    "diff.ignoreSubmodules": "all",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "i18n.commitEncoding": "UTF-8",
    "advice.addEmbeddedRepo": "false",
}
_STORE_CONFIG = {"core.attributesFile": "/dev/null", "safe.directory": "*"}

_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
_STORE_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
}
# Where the person's own configuration lives. All other GIT_* variables are dropped: inside a
# hook they would point git at another repository or index.
_PERSONAL = frozenset(
    {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"}
)


@dataclass(frozen=True)
class Reply:
    """How a git command ended."""

    code: int
    out: bytes
    error: str

    @property
    def text(self) -> str:
        """The output without its last newline; undecodable bytes become surrogates."""
        return os.fsdecode(self.out).rstrip("\n")

    @property
    def reason(self) -> str:
        """The one line of the error output that says why."""
        lines = [line.strip() for line in self.error.splitlines() if line.strip()]
        telling = [line for line in lines if line.startswith(("fatal:", "error:"))]
        return (telling or lines or [f"exit code {self.code}"])[0]


@dataclass(frozen=True)
class Git:
    """Git in one place. Calls block; they raise `fault` when git fails unexpectedly."""

    cwd: Path
    config: Mapping[str, str]
    env: Mapping[str, str]
    inherit: Collection[str]
    fault: type[AgentcliError]
    limits: str = ""  # shell commands that limit what git may take

    def with_env(self, **variables: str) -> "Git":
        """The same place with more environment variables."""
        return replace(self, env={**self.env, **variables})

    def with_config(self, settings: Mapping[str, str]) -> "Git":
        """The same place with more configuration."""
        return replace(self, config={**self.config, **settings})

    def within(self, memory: int, file: int | None = None) -> "Git":
        """The same place with limits (bytes) on git's memory and on each file that it writes.

        For objects that strangers made: a small pack can stand for any size. The limits are the
        shell's, because a child can't be limited otherwise from a process with threads.
        """
        limits = f"ulimit -d {memory >> 10} 2>/dev/null;"  # not every system has this one
        if file is not None:
            limits += f"ulimit -f {file >> 9};"
        return replace(self, limits=limits)

    def ask(self, *args: str, stdin: bytes = b"", timeout: float = TIMEOUT) -> Reply:
        """Run git and return whatever it answers. Faults only when it can't be run at all."""
        client = _client(self.cwd)
        command = [*self._limit(), *self._without_leaks(), "git"]
        for name, value in self.config.items():
            command += ["-c", f"{name}={value}"]
        with tempfile.TemporaryFile() as stream:
            stream.write(stdin)
            stream.seek(0)
            # A session of its own: Ctrl-C reaches us, not a git in the middle of a write.
            code, out, error = client.execute(
                [*command, *args],
                istream=stream,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                kill_after_timeout=timeout,
                env=self.env,
                start_new_session=True,
            )
        assert isinstance(out, bytes)
        error = error if isinstance(error, str) else error.decode("utf-8", "replace")
        if code < 0 and error.startswith("Timeout:"):
            error = f"fatal: no answer within {timeout:g} s"
        return Reply(code, out, error)

    def run(self, *args: str, stdin: bytes = b"", timeout: float = TIMEOUT) -> Reply:
        """Run git; anything but exit code 0 is a fault."""
        reply = self.ask(*args, stdin=stdin, timeout=timeout)
        if reply.code != 0:
            raise self.fault(f"git {args[0]} failed: {reply.reason}")
        return reply

    def text(self, *args: str, stdin: bytes = b"") -> str:
        """The output of `run` as text."""
        return self.run(*args, stdin=stdin).text

    def _limit(self) -> list[str]:
        return ["sh", "-c", f'{self.limits} exec "$@"', "sh"] if self.limits else []

    def _without_leaks(self) -> list[str]:
        # GitPython hands down os.environ, so what must not leak is taken out by env(1).
        leaked = [n for n in os.environ if n.startswith("GIT_") and n not in self.inherit]
        unset = [flag for name in leaked if name not in self.env for flag in ("-u", name)]
        return ["env", *unset] if unset else []


def store_git(git_dir: Path) -> Git:
    """Git in a bare repository of ours."""
    env = {**_ENVIRONMENT, **_STORE_ENVIRONMENT, "GIT_DIR": str(git_dir)}
    return Git(git_dir, {**_CONFIG, **_STORE_CONFIG}, env, frozenset(), InfraFault)


def working_git(root: Path) -> Git:
    """Git in the person's working tree."""
    return Git(root, _CONFIG, _ENVIRONMENT, _PERSONAL, RepositoryFault)


def quoted(path: bytes) -> bytes:
    """A path in git's C quoting, for the inputs that are read line by line."""
    if not path.startswith(b'"') and b"\n" not in path:
        return path
    body = b"".join(
        b"\\%03o" % byte if byte < 32 or byte in b'"\\' else bytes([byte]) for byte in path
    )
    return b'"' + body + b'"'


def as_list(*paths: Path) -> str:
    """Paths as git's environment takes a list of them: with colons between, each in C quotes."""
    return ":".join(
        '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"' for path in paths
    )


def shown(path: bytes) -> str:
    """A path for people and the journal: valid text whatever the bytes are."""
    return path.decode("utf-8", "backslashreplace")


def _client(cwd: Path):  # type: ignore[no-untyped-def]
    try:
        from git.cmd import Git as Client  # its import runs git once, so only when needed
    except ImportError as error:
        raise InfraFault("git can't be run.", "Install git 2.34 or newer.") from error
    return Client(cwd)
