"""Take secrets out of text before it is written anywhere."""

import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel

_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL)S?$", re.IGNORECASE)

# Providers' keys have 20 characters and more, and hardly any service takes a password of fewer
# than 8. Below that, and up to 15 for bare words (`postgres`, `recursive`), a value says nothing
# when it is read, but blanking it out would spoil the code and the names that agents work with.
_MIN_LENGTH = 8
_MIN_WORD = 16
_WORD = re.compile(r"[a-z_]+")

M = TypeVar("M", bound=BaseModel)

# Shapes that providers document for their own keys, and PEM private keys.
_SHAPES = re.compile(
    r"""
    \b(?:sk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}
      |gh[pousr]_[A-Za-z0-9]{36,}
      |github_pat_[A-Za-z0-9_]{40,}
      |glpat-[A-Za-z0-9_-]{20,}
      |hf_[A-Za-z0-9]{30,}
      |xox[abprs]-[A-Za-z0-9-]{10,}
      |AKIA[0-9A-Z]{16}
      |AIza[0-9A-Za-z_-]{35}
      |eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})
    |-----BEGIN\ (?:[A-Z]+\ )?PRIVATE\ KEY-----.*?-----END\ (?:[A-Z]+\ )?PRIVATE\ KEY-----
    """,
    re.VERBOSE | re.DOTALL,
)


class Redactor:
    """Replaces the values of secret environment variables, and text shaped like a key."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        values = {
            value: name
            for name, value in environment.items()
            if _SECRET_NAME.search(name) and _can_be_secret(value)
        }
        self._names = values
        longest_first = sorted(values, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, longest_first))) if values else None

    def text(self, text: str) -> str:
        """The text with every secret replaced by `[redacted]` or `[redacted NAME]`."""
        if self._values is not None:
            text = self._values.sub(lambda m: f"[redacted {self._names[m[0]]}]", text)
        return _writable(_SHAPES.sub("[redacted]", text))

    def model(self, model: M) -> M:
        """The same for the free text in a pydantic model; words of its schema stay as they are."""
        return model.model_copy(
            update={name: self.data(getattr(model, name)) for name in _free_fields(type(model))}
        )

    def data(self, value: Any) -> Any:
        """The same for every string inside JSON-like data, keys too."""
        match value:
            case str():
                return self.text(value)
            case BaseModel():
                return self.model(value)
            case dict():
                return {self.data(key): self.data(item) for key, item in value.items()}
            case list():
                return [self.data(item) for item in value]
            case tuple():
                return tuple(self.data(item) for item in value)
            case _:
                return value


def _can_be_secret(value: str) -> bool:
    return len(value) >= (_MIN_WORD if _WORD.fullmatch(value) else _MIN_LENGTH)


@cache
def _free_fields(kind: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a model that are not bound to given words."""
    return tuple(
        name
        for name, field in kind.model_fields.items()
        if not any(
            get_origin(part) is Literal for part in (field.annotation, *get_args(field.annotation))
        )
    )


def _writable(text: str) -> str:
    """Lone surrogates (half an emoji, a name that is no UTF-8) as escapes: JSON has no others."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
