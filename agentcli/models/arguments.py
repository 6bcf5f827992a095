"""The arguments of a tool call, read from JSON as models really write it."""

import ast
import json
import re
import warnings
from typing import Any

_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_CLOSERS = {"{": "}", "[": "]"}


def read_arguments(text: str) -> dict[str, Any] | None:
    """The object that `text` holds or almost holds; None when it can't be told what was meant.

    Mended are: raw line breaks in strings, trailing commas, closing brackets that are missing,
    Python literals (single quotes, True, None) and JSON encoded twice. No text means no arguments.
    """
    text = text.strip()
    if not text:
        return {}
    for candidate in (text, _mended(text)):
        value = _load(candidate)
        if isinstance(value, str):
            value = _load(value)
        if isinstance(value, dict):
            return value
    return None


def _load(text: str) -> Any:
    try:
        return json.loads(text, strict=False)  # not strict: raw line breaks inside strings
    except (ValueError, RecursionError):
        return _load_python(text)


def _load_python(text: str) -> Any:
    """A Python literal that JSON could hold too, else None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strings with odd escapes
            value = ast.literal_eval(text)
        return json.loads(json.dumps(value))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _mended(text: str) -> str:
    """Trailing commas out, and what is open closed: an unfinished string, then the brackets."""
    out: list[str] = []
    stack: list[str] = []
    quote = ""
    escaped = False
    for char in text:
        out.append(char)
        if quote:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == quote:
                quote = ""
        elif char == '"':
            quote = char
        elif char in _CLOSERS:
            stack.append(_CLOSERS[char])
        elif stack and char == stack[-1]:
            stack.pop()
    # A string that never ends was cut off in mid-value: to close it would invent its end.
    if quote:
        return text
    closed = "".join(out) + "".join(reversed(stack))
    return _TRAILING_COMMA.sub(r"\1", closed)
