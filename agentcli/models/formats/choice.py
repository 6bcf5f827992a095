"""Which reply format suits a model."""

import re

from agentcli.models.formats.base import Format
from agentcli.models.formats.fenced import FencedFormat
from agentcli.models.formats.native import NativeFormat
from agentcli.models.formats.splice import SpliceFormat

_SIZE = re.compile(r"(?<![\d.a-z])(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)
_SMALL = 4.0  # billions of parameters


def choose_format(setting: str, model_name: str, supports_native: bool | None) -> Format:
    """The format that is set, else the one that suits the model (`auto`).

    `supports_native` is what litellm's map says of the model; None when it doesn't know it.
    """
    match setting:
        case "native":
            return NativeFormat()
        case "fenced":
            return FencedFormat()
        case "splice":
            return SpliceFormat()
    if supports_native:
        return NativeFormat()
    return SpliceFormat() if is_small(model_name) else FencedFormat()


def is_small(model_name: str) -> bool:
    """Whether a name tells of at most 4 billion parameters, or of a file that doesn't say."""
    sizes = [float(size) for size in _SIZE.findall(model_name)]
    return sizes[-1] <= _SMALL if sizes else model_name.startswith("gguf:")
