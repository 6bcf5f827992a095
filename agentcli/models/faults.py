"""What went wrong with a call: whether it can heal, and one line for people with the fix.

An error body may hold the key it was sent with, so only its message is kept, redacted.
"""

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from agentcli.errors import ModelFault
from agentcli.journal.redact import Redactor
from agentcli.models.endpoint import Endpoint
from agentcli.models.providers import BY_NAME, is_loopback

Kind = Literal[
    "no_key",
    "key",
    "model",
    "unreachable",
    "rate",
    "quota",
    "context",
    "timeout",
    "server",
    "cut",
    "request",
]

_HEALS: frozenset[Kind] = frozenset({"unreachable", "rate", "timeout", "server", "cut"})
_MESSAGE_LENGTH = 300
_JSON_MESSAGE = re.compile(r'\\*"message\\*"\s*:\s*\\*"((?:[^"\\]|\\.)+?)\\*"')
_WRAPPING = re.compile(r"^(?:(?:litellm\.)?\w*(?:Error|Exception|Timeout)\s*[:-]\s+)+")
_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|billing|credit", re.I)
_NO_MODEL = re.compile(
    r"provider not provided|model\W.{0,80}(?:not found|not exist|not a valid|unknown|invalid)"
    r"|(?:no such|unknown|invalid) model|not a valid model",
    re.I | re.S,
)
_NO_KEY = re.compile(
    r"missing (?:credentials|\w+ api key)|no api key"
    r"|api[_ ]key (?:is )?(?:missing|required|not set)",
    re.I,
)
_OVERFLOW = re.compile(r"exceeds the available context size")  # llama.cpp; litellm has the others
_WRONG_KEY = re.compile(
    r"(?:invalid|incorrect|not valid).{0,20}api[_ -]key|api[_ -]key not valid", re.I
)


class ContextOverflow(ModelFault):
    """The conversation is longer than the model's context window: compact it and ask again."""


class CutStream(Exception):
    """The stream ended before the model said that it had finished."""


class Silence(Exception):
    """Nothing came for too long. `seconds` is how long was waited."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"{what} for {seconds:g} s")


@dataclass(frozen=True)
class Failure:
    """One failed call. `message` is the provider's own, one line, without secrets."""

    kind: Kind
    status: int | None
    message: str
    retry_after: float | None = None  # seconds, when the provider said so

    @property
    def heals(self) -> bool:
        """Whether the same call may succeed later."""
        return self.kind in _HEALS

    @property
    def line(self) -> str:
        """For the journal: what happened, in a few words."""
        status = f" {self.status}" if self.status and self.kind not in ("cut", "timeout") else ""
        return f"{_WORDS[self.kind]}{status}: {self.message}"


_WORDS: dict[Kind, str] = {
    "no_key": "no key",
    "key": "key refused",
    "model": "unknown model",
    "unreachable": "no connection",
    "rate": "rate limit",
    "quota": "quota used up",
    "context": "context too long",
    "timeout": "time-out",
    "server": "server error",
    "cut": "stream cut off",
    "request": "request refused",
}


def classify(error: BaseException, redactor: Redactor) -> Failure:
    """What an exception from litellm, the HTTP client or our own time-outs means."""
    chain = list(_chain(error))
    text = str(error)
    status = _status(error)
    return Failure(
        kind=_kind(error, chain, status, text),
        status=status,
        message=redactor.text(_one_line(chain, text)),
        retry_after=_retry_after(chain),
    )


def explain(failure: Failure, endpoint: Endpoint, known: Sequence[str], tries: int) -> ModelFault:
    """The error for people. `known` are model names that the provider or server has."""
    provider = BY_NAME.get(endpoint.provider)
    title = endpoint.api_base or (provider.title if provider else endpoint.provider or "provider")
    status = f" ({failure.status})" if failure.status else ""
    again = f" {tries} times" if tries > 1 else ""
    name = endpoint.name
    variable = provider.key if provider else "its API key variable"
    match failure.kind:
        case "no_key":
            return ModelFault(
                f"No key for {title}, which serves {name}.",
                f"Set {variable}, or take another model.",
            )
        case "key":
            return ModelFault(
                f"{title} refused the key for {name}{status}: {failure.message}.",
                f"Set {variable} to a valid key.",
            )
        case "model":
            near = get_close_matches(name, known, n=3, cutoff=0.4) or list(known[:3])
            hint = f"Nearest known: {', '.join(near)}." if near else "Check the name."
            where = title if endpoint.provider else "No known provider"
            return ModelFault(
                f"{where} has {'no' if endpoint.provider else 'a'} model {name!r}{status}.", hint
            )
        case "unreachable":
            fix = (
                "Is the server running? Start it, or give another --api-base."
                if endpoint.api_base
                else "Check the network connection and any proxy."
            )
            return ModelFault(
                f"{title} can't be reached{again} for {name}: {failure.message}.", fix
            )
        case "context":
            return ContextOverflow(
                f"The conversation is too long for {name}{status}: {failure.message}.",
                "Set context_tokens to the model's real window.",
            )
        case "quota":
            return ModelFault(
                f"{title}: the account's quota is used up{status}: {failure.message}.",
                "Add credit there, or take another model with --model.",
            )
        case "request":
            return ModelFault(
                f"{title} refused the request to {name}{status}: {failure.message}.",
                "Another --reply-format or model may work.",
            )
        case _:
            slow = is_loopback(endpoint.api_base) and failure.kind == "timeout"
            return ModelFault(
                f"{title} failed{again} for {name}{status}, {failure.line}.",
                "Raise --model-timeout." if slow else "Try later, or give a --fallback-model.",
            )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = getattr(error, "original_exception", None) or error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    if isinstance(error, CutStream | Silence | TimeoutError | OSError):
        return None
    status = getattr(error, "status_code", None)
    return int(status) if status else None


def _kind(error: BaseException, chain: list[BaseException], status: int | None, text: str) -> Kind:
    names = {type(each).__name__ for each in chain}
    if isinstance(error, CutStream):
        return "cut"
    if isinstance(error, Silence | TimeoutError) or type(error).__name__ == "Timeout":
        return "timeout"
    if "ContextWindowExceededError" in names or (status == 400 and _OVERFLOW.search(text)):
        return "context"
    if status != 429 and _NO_KEY.search(text):
        return "no_key"
    if status in (401, 403) or (status == 400 and _WRONG_KEY.search(text)):
        return "key"
    if status == 404 or (status == 400 and _NO_MODEL.search(text)):
        return "model"
    if status == 429:
        return "quota" if _QUOTA.search(text) else "rate"
    if _connection_error(chain) is not None:
        return "unreachable"
    if status is None or status >= 500 or status in (408, 409):
        return "server"
    return "request"


def _connection_error(chain: list[BaseException]) -> OSError | None:
    """The operating system's own error, if one is at the root of it."""
    return next((each for each in chain if isinstance(each, OSError) and each.errno), None)


def _one_line(chain: list[BaseException], text: str) -> str:
    system = _connection_error(chain)
    if system is not None:
        known = system.errno is not None and system.errno > 0  # name look-ups have negative ones
        return os.strerror(system.errno or 0) if known else system.strerror or "no such host"
    if found := _JSON_MESSAGE.search(text):
        text = found[1]
    elif "{" in text or "<html" in text.lower():
        text = text[: min(i for i in (text.find("{"), text.lower().find("<html")) if i >= 0)]
    text = _WRAPPING.sub("", " ".join(text.split()))
    return text[:_MESSAGE_LENGTH].rstrip(" -:.") or "no message"


def _retry_after(chain: list[BaseException]) -> float | None:
    for each in chain:
        headers: Any = getattr(getattr(each, "response", None), "headers", None) or {}
        with suppress(ValueError):  # absent or unreadable: our own wait serves as well
            return max(0.0, _seconds(headers.get("retry-after", "")))
    return None


def _seconds(retry_after: str) -> float:
    """Of a Retry-After: a number, or the date until which to wait (RFC 9110, 10.2.3)."""
    try:
        return float(retry_after)
    except ValueError:
        return parsedate_to_datetime(retry_after).timestamp() - time.time()
