"""Which reply format suits a model."""

import re

from agentcli.errors import UsageFault
from agentcli.models.formats.base import Format
from agentcli.models.formats.fenced import FencedFormat
from agentcli.models.formats.native import NativeFormat
from agentcli.models.formats.outline import OutlineFormat
from agentcli.models.formats.splice import SpliceFormat

_SIZE = re.compile(r"(?<![\d.a-z])(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)
_SMALL = 4.0  # billions of parameters


def choose_format(
    setting: str, model_name: str, supports_native: bool | None, role: str = "coder"
) -> Format:
    """The format that is set, else (`auto`) the one that suits the model.

    Native where litellm's map says that the model calls tools, splice for small models
    (by the size in the name), fenced for all others. `supports_native` is a model's
    `native_tools`. A planner has nothing to splice: it writes outlines then.
    """
    chosen = _chosen(setting, model_name, supports_native)
    return OutlineFormat() if chosen.name == "splice" and role == "planner" else chosen


def _chosen(setting: str, model_name: str, supports_native: bool | None) -> Format:
    if setting != "auto":
        return format_named(setting)
    if supports_native:
        return NativeFormat()
    return SpliceFormat() if is_small(model_name) else FencedFormat()


def format_named(name: str) -> Format:
    """`native`, `fenced`, `splice` or `outline`. Raises UsageFault for anything else."""
    formats: dict[str, Format] = {
        each.name: each
        for each in (NativeFormat(), FencedFormat(), SpliceFormat(), OutlineFormat())
    }
    if name not in formats:
        raise UsageFault(
            f"There is no reply format {name!r}.", f"Take one of {', '.join(formats)}."
        )
    return formats[name]


def is_small(model_name: str) -> bool:
    """Whether a name tells of at most 4 billion parameters, or of a file that doesn't say."""
    sizes = [float(size) for size in _SIZE.findall(model_name)]
    return sizes[-1] <= _SMALL if sizes else model_name.startswith("gguf:")
